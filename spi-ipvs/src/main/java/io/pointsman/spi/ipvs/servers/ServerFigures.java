package io.pointsman.spi.ipvs.servers;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.ipvs.IpvsNetlink;
import io.pointsman.linux.ipvs.ServerCounts;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import io.pointsman.spi.ipvs.host.Marks;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Figures of service ports, from the counters of virtual servers. */
public final class ServerFigures {
    private ServerFigures() {}

    /** Reads the counters in the calling thread's network namespace. */
    public static List<ServiceFigures> read(ForwardingPlan plan) throws KernelException {
        final Optional<IpvsNetlink> kernel = IpvsNetlink.open((_, _) -> {}); // reads only
        if (kernel.isEmpty()) {
            return List.of();
        }
        try (IpvsNetlink counters = kernel.get()) {
            return of(plan, counters.counts());
        }
    }

    static List<ServiceFigures> of(ForwardingPlan plan, Collection<ServerCounts> counts) {
        final Map<ServicePortName, Map<Figure, Long>> values = new TreeMap<>();
        final Map<ServerKey, ServicePortName> owners = owners(plan);
        for (ServerCounts server : counts) {
            final ServicePortName owner = owners.get(server.server());
            if (owner != null) {
                final Map<Figure, Long> sums = values.computeIfAbsent(owner, _ -> new EnumMap<>(Figure.class));
                sums.merge(Figure.CONNECTIONS, server.connections(), Long::sum);
                sums.merge(Figure.PACKETS_FROM_CLIENTS, server.packetsIn(), Long::sum);
                sums.merge(Figure.PACKETS_TO_CLIENTS, server.packetsOut(), Long::sum);
                sums.merge(Figure.BYTES_FROM_CLIENTS, server.bytesIn(), Long::sum);
                sums.merge(Figure.BYTES_TO_CLIENTS, server.bytesOut(), Long::sum);
            }
        }
        return values.entrySet().stream()
                .map(each -> new ServiceFigures(each.getKey(), each.getValue(), Map.of()))
                .toList();
    }

    /** Returns the owners of virtual servers: those for an address, and those for the mark of an origin's own pool. */
    private static Map<ServerKey, ServicePortName> owners(ForwardingPlan plan) {
        final Map<ServerKey, ServicePortName> owners = new HashMap<>();
        for (Rule rule : plan.rules().values()) {
            for (IpAddress address : rule.addresses(plan.node())) {
                owners.put(
                        ServerKey.of(
                                rule.frontend().protocol(),
                                address,
                                rule.frontend().port()),
                        rule.owner());
            }
            for (Action action : rule.actions()) {
                if (action instanceof Action.Forward forward) {
                    owners.put(
                            ServerKey.ofMark(
                                    rule.frontend().family(),
                                    Marks.of(forward.pool().id(), rule.balancing(), rule.affinity())),
                            rule.owner());
                }
            }
        }
        return owners;
    }
}
