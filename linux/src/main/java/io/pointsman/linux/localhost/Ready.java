package io.pointsman.linux.localhost;

import java.io.IOException;
import java.nio.channels.SelectionKey;

/** What a channel's key is attached to. Called by the loop alone. */
interface Ready {
    /** The channel can do something that its key asks for. A failure ends it. */
    void ready(SelectionKey key, long nowNanos) throws IOException;

    /** Ends it after a failure. */
    void fail(SelectionKey key);
}
