package io.pointsman.spi.userspace.loop;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.spi.userspace.host.RetainedRoutes;
import io.pointsman.spi.userspace.host.RuleElements.LocalEndpoint;
import io.pointsman.spi.userspace.tcp.Backlogs;
import io.pointsman.spi.userspace.tcp.SpareDescriptor;
import io.pointsman.spi.userspace.tcp.TcpRelay;
import io.pointsman.spi.userspace.udp.UdpSessionExpiry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Event loop with the connections it carries. All methods but {@link #loop} run on that loop only. */
public final class RelayLoop {
    private static final int MOST_DATAGRAM_BYTES = 65_536; // with its headers

    /** Socket that is closed for its users and still has its descriptor. */
    public interface Closing {
        /** Frees the descriptor. */
        void free();
    }

    private final EventLoop loop;
    private final Set<TcpRelay> relays = new HashSet<>(); // by identity
    private final Queue<Closing> closing = new ArrayDeque<>();
    private final SpareDescriptor spare = new SpareDescriptor();
    private final UdpSessionExpiry udpSessions;
    private final Backlogs backlogs;
    private final int bufferBytes;
    private boolean isFreeing; // the task that frees descriptors is queued
    private @Nullable ByteBuffer datagramBuffer; // none until the first datagram
    private @Nullable ByteBuffer buffer; // none until the first connection

    RelayLoop(EventLoop loop, int bufferBytes, UdpSessionExpiry udpSessions, Backlogs backlogs) {
        this.loop = loop;
        this.bufferBytes = bufferBytes;
        this.udpSessions = udpSessions;
        this.backlogs = backlogs;
    }

    /** Returns the event loop. Any thread. */
    public EventLoop loop() {
        return loop;
    }

    /** Returns the event loop, for sockets that are not Netty channels. Any thread. */
    public IoEventLoop ioLoop() {
        return (IoEventLoop) loop;
    }

    /** Buffer for one datagram of any size; its content is invalid after the next receive. */
    public ByteBuffer datagramBuffer() {
        ByteBuffer here = datagramBuffer;
        if (here == null) {
            here = ByteBuffer.allocateDirect(MOST_DATAGRAM_BYTES);
            datagramBuffer = here;
        }
        return here.clear();
    }

    /**
     * Runs a task on the loop; completes when it is done, or at once without running it if the loop has ended, because such
     * a loop has no connections. Any thread.
     */
    public CompletableFuture<Void> run(Runnable task) {
        try {
            return CompletableFuture.runAsync(task, loop);
        } catch (RejectedExecutionException _) {
            return CompletableFuture.completedFuture(null);
        }
    }

    public SpareDescriptor spare() {
        return spare;
    }

    /** Buffer for bytes in transit from one socket to another; its content is invalid after the next read. */
    public ByteBuffer buffer() {
        ByteBuffer here = buffer;
        if (here == null) {
            here = ByteBuffer.allocateDirect(bufferBytes);
            buffer = here;
        }
        return here;
    }

    /** Frees a socket's descriptor after the current events are handled. */
    public void closeSoon(Closing socket) {
        closing.add(socket);
        if (!isFreeing) {
            loop.execute(this::freeClosed);
            isFreeing = true;
        }
    }

    private void freeClosed() {
        isFreeing = false;
        for (Closing socket = closing.poll(); socket != null; socket = closing.poll()) {
            socket.free();
        }
    }

    public Backlogs backlogs() {
        return backlogs;
    }

    public UdpSessionExpiry udpSessions() {
        return udpSessions;
    }

    public void add(TcpRelay relay) {
        relays.add(relay);
    }

    public void remove(TcpRelay relay) {
        relays.remove(relay);
    }

    /** Returns the given VIPs and endpoints that a connection or session of this loop uses. */
    public RetainedRoutes inUse(RetainedRoutes lingering) {
        return new RetainedRoutes(vipsInUse(lingering.vips()), endpointsInUse(lingering.endpoints()));
    }

    private Set<IpAddress> vipsInUse(Set<IpAddress> vips) {
        final Set<IpAddress> used = new HashSet<>();
        if (!vips.isEmpty()) {
            for (TcpRelay relay : relays) {
                used.add(Sockets.ip(relay.listener().address()));
            }
        }
        used.retainAll(vips);
        return used;
    }

    private Set<LocalEndpoint> endpointsInUse(Set<LocalEndpoint> endpoints) {
        final Set<LocalEndpoint> used = new HashSet<>();
        if (!endpoints.isEmpty()) {
            for (TcpRelay relay : relays) {
                used.add(LocalEndpoint.of(Protocol.TCP, relay.endpoint()));
            }
            for (PoolEndpoint endpoint : udpSessions.endpoints()) {
                used.add(LocalEndpoint.of(Protocol.UDP, endpoint));
            }
        }
        used.retainAll(endpoints);
        return used;
    }

    /** Resets the connections that match. */
    public void abort(Predicate<TcpRelay> which) {
        List.copyOf(relays).stream().filter(which).forEach(TcpRelay::abort); // a copy: ending removes it here
    }

    /** Resets all connections and ends all sessions. */
    public void abortAll() {
        abort(_ -> true);
        udpSessions.endAll();
        spare.close();
    }
}
