package io.pointsman.spi.userspace.loop;

import io.pointsman.plan.EndpointPool;
import io.pointsman.spi.userspace.tcp.TcpListener;
import io.pointsman.spi.userspace.udp.UdpListener;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** A socket that takes a frontend's traffic at one address. Any thread. */
public sealed interface Listener permits TcpListener, UdpListener {
    InetSocketAddress address();

    /** Binds the socket; fails with what the host said. To be called once. */
    CompletableFuture<Void> open();

    boolean isOpen();

    /**
     * The rule's endpoints are now these: TCP connections to those that are gone are drained, UDP sessions end. Completes
     * when no datagram goes to a gone one any more.
     */
    CompletableFuture<Void> serving(EndpointPool endpoints);

    /** Stops listening. TCP connections live on, UDP sessions end. Completes when the port is free. */
    CompletableFuture<Void> close();
}
