package io.pointsman.agent.http;

import java.net.InetSocketAddress;

/** An open port that answers requests. */
public interface Listener extends AutoCloseable {
    /** Returns the bound address, with the actual port if 0 was requested. */
    InetSocketAddress address();

    /** Frees the port before it returns; open connections end with their next reply. */
    @Override
    void close();
}
