package io.pointsman.spi.userspace.loop;

import io.netty.channel.unix.Socket;
import io.pointsman.nat.NatEngine;
import io.pointsman.spi.userspace.UserspaceSettings;
import io.pointsman.spi.userspace.host.HostNetwork;
import io.pointsman.spi.userspace.tcp.Backlogs;
import io.pointsman.spi.userspace.tcp.DroppedConnections;
import io.pointsman.spi.userspace.tcp.UnsentLimit;
import io.pointsman.spi.userspace.udp.SessionLimit;
import io.pointsman.spi.userspace.udp.UdpSessionExpiry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.LoggerFactory;

/** State shared by all connections of one backend. Safe on any thread. */
public final class ProxyContext {
    private static final RareWarning FULL = new RareWarning(
            LoggerFactory.getLogger(ProxyContext.class),
            "max-connections is used up: {} is refused ({} others since the last such message)");
    private static final RareWarning FULL_FOR_CLIENT = new RareWarning(
            LoggerFactory.getLogger(ProxyContext.class),
            "max-connections-per-client is used up: {} is refused ({} others since the last such message)");

    public static final int IPPROTO_TCP = 6; // Linux include/uapi/linux/in.h and tcp.h
    private static final int SOL_SOCKET = 1; // include/uapi/asm-generic/socket.h
    private static final int SO_OOBINLINE = 10;
    private static final int TCP_KEEPIDLE = 4;

    private final NatEngine engine;
    private final UserspaceSettings settings;
    private final Transport transport;
    private final HostNetwork host;
    private final LongSupplier nanoClock;
    private final List<RelayLoop> relayLoops;
    private final DroppedConnections dropped;
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger relays = new AtomicInteger();
    private final AtomicInteger listeners = new AtomicInteger();
    private final Limits limits;
    private final ClientShares shares;
    private final long spareDescriptors; // for listening sockets; more of them reduce the number of connections

    public ProxyContext(
            NatEngine engine,
            UserspaceSettings settings,
            Transport transport,
            HostNetwork host,
            LongSupplier nanoClock,
            Descriptors descriptors) {
        this.engine = engine;
        this.limits = descriptors.limits();
        this.spareDescriptors = descriptors.spare();
        this.shares = new ClientShares(limits.maxConnectionsPerClient());
        this.settings = settings;
        this.transport = transport;
        this.host = host;
        this.nanoClock = nanoClock;
        this.dropped = new DroppedConnections(descriptors.maxDropped(), settings.dropHold());
        final UnsentLimit unsent = new UnsentLimit(limits.maxUnsentBytes());
        final SessionLimit sessions = new SessionLimit(limits.maxUdpSessions());
        this.relayLoops = transport.loops().stream()
                .map(loop -> new RelayLoop(
                        loop,
                        settings.readBufferMax(),
                        new UdpSessionExpiry(loop, settings, nanoClock, sessions),
                        new Backlogs(unsent, loop, System::nanoTime)))
                .toList();
        unsent.watch(relayLoops.stream().map(RelayLoop::backlogs).toList());
        sessions.watch(relayLoops.stream().map(RelayLoop::udpSessions).toList());
    }

    public NatEngine engine() {
        return engine;
    }

    public UserspaceSettings settings() {
        return settings;
    }

    public Transport transport() {
        return transport;
    }

    public HostNetwork host() {
        return host;
    }

    public DroppedConnections dropped() {
        return dropped;
    }

    public List<RelayLoop> relayLoops() {
        return relayLoops;
    }

    /** Returns the next relay loop, round robin. */
    public RelayLoop nextLane() {
        return relayLoops.get((turn.getAndIncrement() & Integer.MAX_VALUE) % relayLoops.size());
    }

    /** Time of the engine, in nanoseconds from an arbitrary start. */
    public long nanoTime() {
        return nanoClock.getAsLong();
    }

    /** Counts one more TCP connection; false if the limit of all clients or of this one is reached. */
    public boolean admitRelay(InetSocketAddress client) {
        if (relays.incrementAndGet() > mostRelays()) {
            FULL.warn(client);
        } else if (!shares.admit(client.getAddress())) {
            FULL_FOR_CLIENT.warn(client);
        } else {
            return true;
        }
        relays.decrementAndGet();
        return false;
    }

    /**
     * Maximum number of relays now. Listening sockets take precedence: each two beyond the spare descriptors cost one
     * connection.
     */
    private long mostRelays() {
        final long excess = listeners.get() - spareDescriptors;
        return excess <= 0 ? limits.maxConnections() : Math.max(1, limits.maxConnections() - (excess + 1) / 2);
    }

    public void releaseRelay(InetSocketAddress client) {
        relays.decrementAndGet();
        shares.release(client.getAddress());
    }

    /** Adds to the number of listening sockets; {@code more} may be negative. */
    public void listening(int more) {
        listeners.addAndGet(more);
    }

    /** Limits, as fitted to this process. */
    Limits limits() {
        return limits;
    }

    /** Number of TCP connections, including those still being dialed. */
    public int relays() {
        return relays.get();
    }

    /** Sets the options of both sides of a connection, without epoll. */
    public void configure(SocketChannel channel) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.socket().setOOBInline(true);
        final int keepAliveSeconds = (int) settings.keepAlive().toSeconds();
        if (keepAliveSeconds > 0) {
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, keepAliveSeconds);
        }
    }

    /** Sets the options of both sides of a connection; an accepted socket inherits those of its listener. */
    public void configure(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        // An urgent byte stays in its place among the others; else it would be lost.
        socket.setIntOpt(SOL_SOCKET, SO_OOBINLINE, 1);
        final int keepAliveSeconds = (int) settings.keepAlive().toSeconds();
        if (keepAliveSeconds > 0) {
            socket.setKeepAlive(true);
            socket.setIntOpt(IPPROTO_TCP, TCP_KEEPIDLE, keepAliveSeconds);
        }
    }
}
