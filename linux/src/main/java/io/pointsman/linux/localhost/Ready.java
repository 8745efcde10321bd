package io.pointsman.linux.localhost;

import java.io.IOException;
import java.nio.channels.SelectionKey;

/** Handler of a channel's events, attached to its key. Called by the loop only. */
interface Ready {
    /** Handles a ready channel. A failure leads to {@link #fail}. */
    void ready(SelectionKey key, long nowNanos) throws IOException;

    /** Handles a failure of the channel. */
    void fail(SelectionKey key);
}
