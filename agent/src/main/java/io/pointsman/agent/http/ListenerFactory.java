package io.pointsman.agent.http;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Opens HTTP listeners. */
@FunctionalInterface
public interface ListenerFactory {
    /**
     * Opens a listener at an address; 0.0.0.0 accepts IPv6 clients too, if the host has IPv6.
     *
     * @throws IOException if the address can't be bound; the message names it
     */
    Listener open(InetSocketAddress address, Responder responder) throws IOException;
}
