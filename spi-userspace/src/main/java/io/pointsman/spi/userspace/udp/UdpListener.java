package io.pointsman.spi.userspace.udp;

import io.netty.channel.ChannelException;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.plan.EndpointPool;
import io.pointsman.spi.userspace.loop.Listener;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RareWarning;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import io.pointsman.spi.userspace.loop.Target;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Listener for the datagrams of one frontend at one address; each goes to its client's session. The listener and its
 * sessions are on one event loop.
 */
public final class UdpListener implements Listener {
    private static final RareWarning FAILED =
            new RareWarning(LoggerFactory.getLogger(UdpListener.class), "a datagram at {} is lost ({} times before)");

    private final ProxyContext proxy;
    private final InetSocketAddress address;
    private final UdpSocket socket;
    private final RelayLoop relayLoop;
    private final Map<InetSocketAddress, UdpSession> sessions = new HashMap<>(); // by client
    private final Set<UdpSession> busy = new LinkedHashSet<>(); // sessions with datagrams in the current event
    private volatile boolean open;

    /** @throws ChannelException if the process has no file descriptors left */
    public UdpListener(ProxyContext proxy, InetSocketAddress address, IpFamily family) {
        this.proxy = proxy;
        this.address = address;
        this.relayLoop = proxy.nextLane();
        this.socket = proxy.transport().newUdpSocket(family, relayLoop, new Receiver());
        if (proxy.host().isRouted(Sockets.ip(address)) && socket.descriptor() >= 0) {
            Sockets.bindFreely(socket.descriptor(), family);
        }
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public CompletableFuture<Void> open() {
        return CompletableFuture.runAsync(this::bind, relayLoop.loop());
    }

    private void bind() {
        try {
            socket.bind(address);
            open = true;
            proxy.listening(1);
        } catch (IOException e) {
            socket.close();
            throw new CompletionException(e);
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    /**
     * Replaces the endpoints. A session whose endpoint is gone ends at once: the client's next datagram goes to another
     * endpoint.
     */
    @Override
    public CompletableFuture<Void> serving(EndpointPool endpoints) {
        return relayLoop.run(() -> endUnless(Target.of(endpoints)));
    }

    /** Closes the socket in two steps, because descriptors are freed after the current events are handled. */
    @Override
    public CompletableFuture<Void> close() {
        return relayLoop.run(socket::close).thenCompose(_ -> relayLoop.run(() -> {}));
    }

    private void endUnless(Set<Target> serving) {
        List.copyOf(sessions.values()).stream()
                .filter(session -> !serving.contains(Target.of(session.endpoint())))
                .forEach(UdpSession::end);
    }

    /** Sends an endpoint's datagram to the client. It is lost if the socket can't take it now. */
    void reply(InetSocketAddress client, ByteBuffer datagram) {
        try {
            socket.send(datagram, client);
        } catch (IOException e) { // concerns one client only
            FAILED.debug(address, e);
        }
    }

    void remove(UdpSession session) {
        sessions.remove(session.client(), session);
        busy.remove(session);
        relayLoop.udpSessions().remove(session);
    }

    RelayLoop relayLoop() {
        return relayLoop;
    }

    private @Nullable UdpSession open(InetSocketAddress client) {
        final ConnectDecision decision = proxy.engine()
                .connect(
                        Protocol.UDP,
                        Sockets.ip(client),
                        client.getPort(),
                        Sockets.ip(address),
                        address.getPort(),
                        proxy.host().ingressOf(client),
                        proxy.nanoTime());
        if (!(decision instanceof ConnectDecision.Forward forward)) {
            return null; // dropped; a rejection would need a raw socket for its ICMP error
        }
        final UdpSession session = new UdpSession(proxy, this, client);
        sessions.put(client, session);
        if (!session.begin(forward, relayLoop.udpSessions().makeRoom())) {
            session.end();
            return null;
        }
        return session;
    }

    private final class Receiver implements UdpSocket.Receiver {
        @Override
        public void received(ByteBuffer datagram, InetSocketAddress from) {
            UdpSession session = sessions.get(from);
            if (session == null) {
                session = open(from);
            }
            if (session != null) {
                busy.add(session);
                session.send(datagram);
            }
        }

        @Override
        public void drained() {
            busy.forEach(UdpSession::report);
            busy.clear();
        }

        /**
         * Logs the loss of a datagram, which any network may cause. An error in the kernel's queue is about a datagram to a
         * client.
         */
        @Override
        public void failed(Throwable cause) {
            if (cause instanceof IOException) {
                FAILED.debug(address, cause);
            } else {
                FAILED.warn(address, cause);
            }
        }

        @Override
        public void gone() {
            if (open) {
                open = false;
                proxy.listening(-1);
            }
            endUnless(Set.of());
        }
    }
}
