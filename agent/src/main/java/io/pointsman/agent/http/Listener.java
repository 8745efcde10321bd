package io.pointsman.agent.http;

import java.net.InetSocketAddress;

/** An open port that answers requests. */
public interface Listener extends AutoCloseable {
    /** Where it listens, with the port it got where 0 was asked for. */
    InetSocketAddress address();

    /** Frees the port before it returns; connections that are open end with their next reply. */
    @Override
    void close();
}
