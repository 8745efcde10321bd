package io.pointsman.spi.ipvs;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.NetlinkBatch;
import io.pointsman.linux.route.Route;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Makes VIPs addresses of this node: each a local route on a dummy interface of ours. Routes, not addresses: adding one
 * takes no time that grows with their number, other programs that list the node's addresses don't find VIPs among them,
 * the node's own connections to a VIP come from its real address, and a VIP that some interface has as well stays there
 * when we let go of it. Not thread-safe.
 */
final class Vips {
    static final String LINK = "pointsman-ipvs";

    static final String KIND = "dummy";

    /** Larger than that of the kernel's own routes, which therefore stay and come first. */
    private static final int METRIC = 2026;

    private static final int PROTOCOL = 126; // who made the routes; assigned to nobody

    private final RouteNetlink netlink;
    private final Map<IpAddress, Optional<IpAddress>> bound = new HashMap<>();
    private final Map<IpFamily, IpAddress> sources = new HashMap<>();
    private final NetlinkBatch batch = new NetlinkBatch();
    private int link;

    private Vips(RouteNetlink netlink) {
        this.netlink = netlink;
    }

    static Vips open() throws KernelException {
        return new Vips(RouteNetlink.open());
    }

    void close() {
        netlink.close();
    }

    /** Makes the interface, if it is not there, and reads which VIPs it has. */
    void prepare() throws KernelException {
        if (netlink.link(LINK).isEmpty()) {
            netlink.addLink(LINK, KIND);
        }
        netlink.setUp(LINK);
        link = netlink.linkIndex(LINK);
        bound.clear();
        for (Route route : routes()) {
            bound.put(route.destination().address(), route.source());
        }
    }

    private List<Route> routes() throws KernelException {
        final List<Route> ours = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            for (Route route : netlink.routes(family)) {
                if (route.type() == Route.Type.LOCAL
                        && route.protocol() == PROTOCOL
                        && route.linkIndex().equals(Optional.of(link))
                        && route.destination().prefixLength() == family.bits()) {
                    ours.add(route);
                }
            }
        }
        return ours;
    }

    Set<IpAddress> bound() {
        return Set.copyOf(bound.keySet());
    }

    boolean isBound(IpAddress vip) {
        return bound.containsKey(vip);
    }

    /** From which address the node's own connections to VIPs come. Returns VIPs that have another now. */
    Set<IpAddress> setNode(NodeFacts node) {
        sources.clear();
        for (NodeFacts.Egress egress : node.egress()) {
            if (egress.destination().isEverything() && node.owns(egress.source())) {
                sources.put(egress.source().family(), egress.source());
            }
        }
        final Set<IpAddress> others = new HashSet<>();
        bound.forEach((vip, source) -> {
            if (!source.equals(source(vip))) {
                others.add(vip);
            }
        });
        return others;
    }

    private Optional<IpAddress> source(IpAddress vip) {
        return Optional.ofNullable(sources.get(vip.family()));
    }

    private Route route(IpAddress vip, Optional<IpAddress> source) {
        final Route route = Route.local(Cidr.of(vip), link).withMetric(METRIC).withProtocol(PROTOCOL);
        return source.map(route::withSource).orElse(route);
    }

    /** Adds those that are not there; returns how many. */
    int bind(Collection<IpAddress> vips) throws KernelException {
        final List<IpAddress> fresh =
                vips.stream().filter(vip -> !bound.containsKey(vip)).distinct().toList();
        final List<IpAddress> sourceless = new ArrayList<>();
        send(fresh, (batch, vip) -> netlink.addRoute(batch, route(vip, source(vip))), (vip, why) -> {
            if (why.is(Errno.EINVAL) && source(vip).isPresent()) {
                sourceless.add(vip); // the plan's address of the node is on none of its interfaces
            } else if (!why.is(Errno.EEXIST)) {
                throw why;
            }
        });
        fresh.forEach(vip -> bound.put(vip, source(vip)));
        send(sourceless, (batch, vip) -> netlink.addRoute(batch, route(vip, Optional.empty())), (_, why) -> {
            throw why;
        });
        return fresh.size();
    }

    /** Removes those that are there; returns how many. */
    int unbind(Collection<IpAddress> vips) throws KernelException {
        final List<IpAddress> gone =
                vips.stream().filter(bound::containsKey).distinct().toList();
        send(gone, (batch, vip) -> netlink.deleteRoute(batch, route(vip, Optional.empty())), (_, why) -> {
            if (!why.is(Errno.ESRCH)) {
                throw why;
            }
        });
        gone.forEach(bound::remove);
        return gone.size();
    }

    private interface Writer {
        void write(NetlinkBatch batch, IpAddress vip);
    }

    /** Takes what became of a VIP that could not be added or removed. */
    private interface Refusal {
        void take(IpAddress vip, KernelException why) throws KernelException;
    }

    private void send(List<IpAddress> vips, Writer writer, Refusal refusal) throws KernelException {
        for (int from = 0; from < vips.size(); ) {
            final Map<Integer, KernelException> failures = new TreeMap<>();
            int to = from;
            while (to < vips.size() && !batch.isFull()) {
                writer.write(batch, vips.get(to++));
            }
            try {
                netlink.execute(batch, failures::put);
            } finally {
                batch.clear();
            }
            for (Map.Entry<Integer, KernelException> failure : failures.entrySet()) {
                refusal.take(vips.get(from + failure.getKey()), failure.getValue());
            }
            from = to;
        }
    }

    /** One sentence for each difference between the kernel and what we left there. */
    List<String> differences() throws KernelException {
        if (netlink.link(LINK).isEmpty()) {
            return List.of("interface " + LINK + " is missing, and with it every VIP");
        }
        final List<String> findings = new ArrayList<>();
        final Set<IpAddress> missing = new HashSet<>(bound.keySet());
        for (Route route : routes()) {
            if (!missing.remove(route.destination().address())) {
                findings.add(LINK + " has a VIP that is not ours: "
                        + route.destination().address());
            }
        }
        missing.forEach(vip -> findings.add(LINK + " has lost VIP " + vip));
        return findings;
    }

    /** Removes the interface and all it has. */
    boolean remove(boolean dryRun) throws KernelException {
        final boolean isThere = netlink.link(LINK).isPresent();
        if (isThere && !dryRun) {
            netlink.deleteLink(LINK);
            bound.clear();
        }
        return isThere;
    }
}
