package io.pointsman.testkit.outsiders;

import java.io.IOException;

/** Somebody who does to a node what he can do with sockets, until closed. Used once, by one thread; it has its own. */
public interface Outsider extends AutoCloseable {
    /** Begins, and returns while it goes on. */
    void begin(Site site) throws IOException;

    /** How often it has done what it does: a verdict about nothing done would be none. Any thread may ask. */
    long deeds();

    /** Ends it; connections that it holds are closed. */
    @Override
    void close();
}
