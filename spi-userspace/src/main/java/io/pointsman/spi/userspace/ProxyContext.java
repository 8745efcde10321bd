package io.pointsman.spi.userspace;

import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.unix.Socket;
import io.pointsman.nat.NatEngine;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import jdk.net.ExtendedSocketOptions;

/** What all connections of one backend share. Safe on any thread. */
final class ProxyContext {
    static final int IPPROTO_TCP = 6; // Linux include/uapi/linux/in.h and tcp.h
    private static final int TCP_KEEPIDLE = 4;

    private final NatEngine engine;
    private final UserspaceSettings settings;
    private final Transport transport;
    private final HostNetwork host;
    private final LongSupplier nanoClock;
    private final List<Lane> lanes;
    private final DroppedConnections dropped;
    private final ReadSizes readSizes;
    private final WriteBufferWaterMark waterMark;
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger relays = new AtomicInteger();

    ProxyContext(
            NatEngine engine,
            UserspaceSettings settings,
            Transport transport,
            HostNetwork host,
            LongSupplier nanoClock) {
        this.engine = engine;
        this.settings = settings;
        this.transport = transport;
        this.host = host;
        this.nanoClock = nanoClock;
        this.dropped = new DroppedConnections(settings.maxDropped(), settings.dropHold());
        this.readSizes = new ReadSizes(settings.readBufferMax());
        this.waterMark = new WriteBufferWaterMark(settings.writeBufferLow(), settings.writeBufferHigh());
        final int sessionsOfLane = Math.max(1, settings.maxUdpSessions() / settings.eventLoops());
        this.lanes = transport.loops().stream()
                .map(loop -> new Lane(
                        loop, settings.readBufferMax(), new UdpSessions(loop, settings, nanoClock, sessionsOfLane)))
                .toList();
    }

    NatEngine engine() {
        return engine;
    }

    UserspaceSettings settings() {
        return settings;
    }

    Transport transport() {
        return transport;
    }

    HostNetwork host() {
        return host;
    }

    DroppedConnections dropped() {
        return dropped;
    }

    List<Lane> lanes() {
        return lanes;
    }

    /** The lanes in turn. */
    Lane nextLane() {
        return lanes.get((turn.getAndIncrement() & Integer.MAX_VALUE) % lanes.size());
    }

    /** In the engine's time: nanoseconds from an arbitrary start. */
    long nanoTime() {
        return nanoClock.getAsLong();
    }

    /** Counts one more TCP connection, unless there are as many as may be. */
    boolean admitRelay() {
        if (relays.incrementAndGet() <= settings.maxConnections()) {
            return true;
        }
        relays.decrementAndGet();
        return false;
    }

    void releaseRelay() {
        relays.decrementAndGet();
    }

    /** TCP connections now, those still being dialed included. */
    int relays() {
        return relays.get();
    }

    /**
     * Options of both sides of a connection, as channels. No auto-read: each side is read only while the other can take the bytes. No
     * auto-close: after a failed write there may be an answer left to read.
     */
    void configure(SocketChannel socket) {
        final SocketChannelConfig config = socket.config();
        config.setAutoRead(false);
        config.setAutoClose(false);
        config.setAllowHalfClosure(true);
        config.setConnectTimeoutMillis(0); // TcpRelay keeps the time itself
        config.setRecvByteBufAllocator(readSizes);
        config.setWriteBufferWaterMark(waterMark);
        final int keepAliveSeconds = (int) settings.keepAlive().toSeconds();
        if (keepAliveSeconds > 0) {
            config.setKeepAlive(true);
            config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), keepAliveSeconds);
        }
    }

    /** Options of both sides of a connection; an accepted socket has those of the one that listens. */
    void configure(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        final int keepAliveSeconds = (int) settings.keepAlive().toSeconds();
        if (keepAliveSeconds > 0) {
            socket.setKeepAlive(true);
            socket.setIntOpt(IPPROTO_TCP, TCP_KEEPIDLE, keepAliveSeconds);
        }
    }
}
