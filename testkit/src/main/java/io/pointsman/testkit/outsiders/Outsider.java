package io.pointsman.testkit.outsiders;

import java.io.IOException;

/** A host outside that attacks a node by sockets, until closed. Used once, by one thread; it has its own thread. */
public interface Outsider extends AutoCloseable {
    /** Starts in the background. */
    void begin(Site site) throws IOException;

    /** Returns how often it has acted, to show that it did act at all. Any thread may call it. */
    long deeds();

    /** Stops; its connections are closed. */
    @Override
    void close();
}
