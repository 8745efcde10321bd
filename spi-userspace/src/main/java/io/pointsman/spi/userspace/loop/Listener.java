package io.pointsman.spi.userspace.loop;

import io.pointsman.plan.EndpointPool;
import io.pointsman.spi.userspace.tcp.TcpListener;
import io.pointsman.spi.userspace.udp.UdpListener;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** Socket that receives a frontend's traffic at one address. Any thread. */
public sealed interface Listener permits TcpListener, UdpListener {
    InetSocketAddress address();

    /** Binds the socket; fails with the host's error. To be called once. */
    CompletableFuture<Void> open();

    boolean isOpen();

    /**
     * Replaces the rule's endpoints. TCP connections to endpoints that are gone are drained, their UDP sessions end.
     * Completes when no datagram goes to such an endpoint any more.
     */
    CompletableFuture<Void> serving(EndpointPool endpoints);

    /** Stops listening. TCP connections live on, UDP sessions end. Completes when the port is free. */
    CompletableFuture<Void> close();
}
