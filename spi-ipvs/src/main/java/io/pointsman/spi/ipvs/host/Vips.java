package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.backend.HostNumbers;
import io.pointsman.linux.route.LocalRoutes;
import io.pointsman.linux.route.Route;
import io.pointsman.linux.route.RouteNetlink;
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

/**
 * Makes VIPs addresses of this node: each a local route on a dummy interface of ours, so that the node's own connections to a
 * VIP come from its real address. Not thread-safe.
 */
public final class Vips {
    public static final String LINK = "pointsman-ipvs";

    public static final String KIND = "dummy";

    private final RouteNetlink netlink;
    private final LocalRoutes local;
    private final Map<IpAddress, Optional<IpAddress>> bound = new HashMap<>();
    private final Map<IpFamily, IpAddress> sources = new HashMap<>();
    private int link;

    private Vips(RouteNetlink netlink) {
        this.netlink = netlink;
        this.local = new LocalRoutes(netlink, HostNumbers.IPVS_ROUTES, HostNumbers.IPVS_ROUTE_METRIC);
    }

    public static Vips open() throws KernelException {
        return new Vips(RouteNetlink.open());
    }

    public void close() {
        netlink.close();
    }

    /** Makes the interface, if it is not there, and reads which VIPs it has. */
    public void prepare() throws KernelException {
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
        return local.list().stream()
                .filter(route -> route.linkIndex().equals(Optional.of(link)))
                .toList();
    }

    public Set<IpAddress> bound() {
        return Set.copyOf(bound.keySet());
    }

    public boolean isBound(IpAddress vip) {
        return bound.containsKey(vip);
    }

    /** From which address the node's own connections to VIPs come. Returns VIPs that have another now. */
    public Set<IpAddress> setNode(NodeFacts node) {
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

    /** Adds those that are not there; returns how many. */
    public int bind(Collection<IpAddress> vips) throws KernelException {
        final Map<IpAddress, Optional<IpAddress>> fresh = new HashMap<>();
        for (IpAddress vip : vips) {
            if (!bound.containsKey(vip)) {
                fresh.put(vip, source(vip));
            }
        }
        for (LocalRoutes.Refusal refusal : local.add(link, fresh).values()) {
            if (!refusal.why().is(Errno.EEXIST)) {
                throw refusal.why();
            }
        }
        bound.putAll(fresh);
        return fresh.size();
    }

    /** Removes those that are there; returns how many. */
    public int unbind(Collection<IpAddress> vips) throws KernelException {
        final Set<IpAddress> gone = new HashSet<>(vips);
        gone.retainAll(bound.keySet());
        local.delete(link, gone);
        bound.keySet().removeAll(gone);
        return gone.size();
    }

    /** One sentence for each difference between the kernel and what we left there. */
    public List<String> differences() throws KernelException {
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
