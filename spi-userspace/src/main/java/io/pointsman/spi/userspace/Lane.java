package io.pointsman.spi.userspace;

import io.netty.channel.EventLoop;
import io.pointsman.model.IpAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** One event loop and the connections it carries. Everything but {@link #loop} runs on that loop only. */
final class Lane {
    private final EventLoop loop;
    private final Set<TcpRelay> relays = new HashSet<>(); // by identity
    private final UdpSessions udpSessions;

    Lane(EventLoop loop, UdpSessions udpSessions) {
        this.loop = loop;
        this.udpSessions = udpSessions;
    }

    /** Any thread. */
    EventLoop loop() {
        return loop;
    }

    UdpSessions udpSessions() {
        return udpSessions;
    }

    void add(TcpRelay relay) {
        relays.add(relay);
    }

    void remove(TcpRelay relay) {
        relays.remove(relay);
    }

    /** Of these VIPs, those that a connection came in by. */
    Set<IpAddress> inUse(Set<IpAddress> vips) {
        final Set<IpAddress> used = new HashSet<>();
        for (TcpRelay relay : relays) {
            final IpAddress vip = Sockets.ip(relay.listener().address());
            if (vips.contains(vip)) {
                used.add(vip);
            }
        }
        return used;
    }

    /** Resets the connections that match. */
    void abort(Predicate<TcpRelay> which) {
        List.copyOf(relays).stream().filter(which).forEach(TcpRelay::abort); // a copy: ending removes it here
    }

    /** Resets all connections and ends all sessions. */
    void abortAll() {
        abort(_ -> true);
        udpSessions.endAll();
    }
}
