package io.pointsman.linux.route;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
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
 * Makes VIPs addresses of this node by local routes on an interface of ours, so that the node's own connections to a VIP
 * come from its real address. The routes belong to the interface's owner: no ledger lists them. Not thread-safe.
 */
public final class VipLink implements AutoCloseable {
    /** Kind of the interface. */
    public static final String KIND = "dummy";

    private final String name;
    private final RouteNetlink netlink;
    private final LocalRoutes local;
    private final Map<IpAddress, Optional<IpAddress>> bound = new HashMap<>();
    private final Map<IpFamily, IpAddress> sources = new HashMap<>();
    private int link;

    private VipLink(String name, RouteNetlink netlink, LocalRoutes local) {
        this.name = name;
        this.netlink = netlink;
        this.local = local;
    }

    /**
     * Opens a socket in the network namespace of the calling thread; makes nothing yet.
     *
     * @param name of the interface
     * @param protocol of the routes, 1 to 255 ({@code rtm_protocol})
     * @param metric of the routes: larger than that of the kernel's own, so that those take precedence
     */
    public static VipLink open(String name, int protocol, int metric) throws KernelException {
        final RouteNetlink netlink = RouteNetlink.open();
        return new VipLink(name, netlink, new LocalRoutes(netlink, protocol, metric));
    }

    @Override
    public void close() {
        netlink.close();
    }

    /** Makes the interface unless it exists, and reads which VIPs it has. */
    public void prepare() throws KernelException {
        if (netlink.link(name).isEmpty()) {
            netlink.addLink(name, KIND);
        }
        netlink.setUp(name);
        link = netlink.linkIndex(name);
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

    /** Returns the VIPs that have a route. */
    public Set<IpAddress> bound() {
        return Set.copyOf(bound.keySet());
    }

    public boolean isBound(IpAddress vip) {
        return bound.containsKey(vip);
    }

    /** Sets the source addresses of the node's own connections to VIPs; returns VIPs whose route has another source. */
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

    /** Adds routes for VIPs that have none; returns their number. */
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

    /** Removes the routes of VIPs; returns the number removed. */
    public int unbind(Collection<IpAddress> vips) throws KernelException {
        final Set<IpAddress> gone = new HashSet<>(vips);
        gone.retainAll(bound.keySet());
        local.delete(link, gone);
        bound.keySet().removeAll(gone);
        return gone.size();
    }

    /** Returns one sentence for each difference between the kernel and what was written. */
    public List<String> differences() throws KernelException {
        if (netlink.link(name).isEmpty()) {
            return List.of("interface " + name + " is missing, and with it every VIP");
        }
        final List<String> findings = new ArrayList<>();
        final Set<IpAddress> missing = new HashSet<>(bound.keySet());
        for (Route route : routes()) {
            if (!missing.remove(route.destination().address())) {
                findings.add(name + " has a VIP that is not ours: "
                        + route.destination().address());
            }
        }
        missing.forEach(vip -> findings.add(name + " has lost VIP " + vip));
        return findings;
    }

    /** Removes the interface with its routes; returns whether it existed. */
    public boolean remove(boolean dryRun) throws KernelException {
        final boolean isThere = netlink.link(name).isPresent();
        if (isThere && !dryRun) {
            netlink.deleteLink(name);
            bound.clear();
        }
        return isThere;
    }
}
