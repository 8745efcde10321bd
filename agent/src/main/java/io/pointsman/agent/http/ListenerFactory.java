package io.pointsman.agent.http;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Opens HTTP listeners. */
@FunctionalInterface
public interface ListenerFactory {
    /**
     * Listens on an address; 0.0.0.0 takes IPv6 clients too where the host has IPv6.
     *
     * @throws IOException when the address can't be had; the message names it
     */
    Listener open(InetSocketAddress address, Responder responder) throws IOException;
}
