package io.pointsman.spi.userspace;

import io.netty.channel.EventLoop;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.spi.userspace.RuleElements.Answering;
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

    /** Of these, the VIPs that a connection came in by and the endpoints that a flow goes to. */
    Lingering inUse(Lingering lingering) {
        return new Lingering(vipsInUse(lingering.vips()), endpointsInUse(lingering.endpoints()));
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

    private Set<Answering> endpointsInUse(Set<Answering> endpoints) {
        final Set<Answering> used = new HashSet<>();
        if (!endpoints.isEmpty()) {
            for (TcpRelay relay : relays) {
                used.add(Answering.of(Protocol.TCP, relay.endpoint()));
            }
            for (PoolEndpoint endpoint : udpSessions.endpoints()) {
                used.add(Answering.of(Protocol.UDP, endpoint));
            }
        }
        used.retainAll(endpoints);
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
