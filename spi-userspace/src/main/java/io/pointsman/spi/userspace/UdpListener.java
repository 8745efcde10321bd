package io.pointsman.spi.userspace;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.plan.EndpointPool;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the datagrams of one frontend at one address and hands each to its client's session. It lives on one event loop,
 * its sessions with it.
 */
final class UdpListener implements Listener {
    private static final Logger LOGGER = LoggerFactory.getLogger(UdpListener.class);
    /** Room for the largest datagram: 65,535 bytes with its headers. */
    static final FixedRecvByteBufAllocator WHOLE_DATAGRAMS = new FixedRecvByteBufAllocator(65_536);

    private final ProxyContext proxy;
    private final InetSocketAddress address;
    private final DatagramChannel socket;
    private final Lane lane;
    private final Map<InetSocketAddress, UdpSession> sessions = new HashMap<>(); // by client
    private final Set<UdpSession> written = new LinkedHashSet<>(); // and not flushed yet

    /** @throws io.netty.channel.ChannelException when the process has no file descriptors left */
    UdpListener(ProxyContext proxy, InetSocketAddress address, IpFamily family) {
        this.proxy = proxy;
        this.address = address;
        this.lane = proxy.nextLane();
        this.socket = proxy.transport().newDatagramSocket(family);
        socket.config().setRecvByteBufAllocator(WHOLE_DATAGRAMS);
        socket.pipeline().addLast(new Receiver());
        if (proxy.host().isRouted(Sockets.ip(address))) {
            Sockets.bindFreely(socket, family);
        }
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public CompletableFuture<Void> open() {
        return Sockets.bind(socket, lane.loop(), address);
    }

    @Override
    public boolean isOpen() {
        return socket.isActive();
    }

    /** A session whose endpoint is gone ends at once: the client's next datagram goes to another. */
    @Override
    public CompletableFuture<Void> serving(EndpointPool endpoints) {
        return CompletableFuture.runAsync(() -> endUnless(Target.of(endpoints)), lane.loop());
    }

    @Override
    public CompletableFuture<Void> close() {
        return CompletableFuture.runAsync(() -> endUnless(Set.of()), lane.loop())
                .thenCompose(_ -> Sockets.closed(socket));
    }

    private void endUnless(Set<Target> serving) {
        List.copyOf(sessions.values()).stream()
                .filter(session -> !serving.contains(Target.of(session.endpoint())))
                .forEach(UdpSession::end);
    }

    /** Sends an endpoint's datagram to the client. Takes over the buffer; dropped when the socket can't keep up. */
    void reply(InetSocketAddress client, ByteBuf datagram) {
        if (socket.isWritable()) {
            final var _ = socket.write(new DatagramPacket(datagram, client), socket.voidPromise());
        } else {
            datagram.release();
        }
    }

    void flushReplies() {
        socket.flush();
    }

    void remove(UdpSession session) {
        sessions.remove(session.client(), session);
        written.remove(session);
        lane.udpSessions().remove(session);
    }

    Lane lane() {
        return lane;
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
        if (decision instanceof ConnectDecision.Forward forward) {
            lane.udpSessions().makeRoom();
            final UdpSession session = new UdpSession(proxy, this, client);
            sessions.put(client, session); // first, for a dial that fails at once ends it
            if (!session.dial(forward)) {
                session.end();
            }
            return session.isEnded() ? null : session;
        }
        return null; // dropped; a rejection can't be told apart without a raw socket
    }

    private final class Receiver extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            final DatagramPacket packet = (DatagramPacket) message;
            UdpSession session = sessions.get(packet.sender());
            if (session == null) {
                session = open(packet.sender());
            }
            if (session == null) {
                packet.release();
            } else {
                session.send(packet.content());
                written.add(session);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            for (UdpSession session : new ArrayList<>(written)) {
                session.flush();
            }
            written.clear();
        }

        /** A datagram to one client failed: it is lost, as on any network, and the others are none the worse. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!(cause instanceof IOException)) {
                LOGGER.warn("at {}", address, cause);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            endUnless(Set.of());
        }
    }
}
