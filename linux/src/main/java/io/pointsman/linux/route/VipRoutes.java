package io.pointsman.linux.route;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.ownership.Kind;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.NodeFacts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes VIPs that no interface has addresses of this host, by a local route each. The route's preferred source is the
 * address of a client on this host; without it that address would be the VIP itself.
 *
 * <p>Not thread-safe.
 */
public final class VipRoutes {
    /** Addresses with a route of ours as kept in the ledger. */
    public static final Kind<IpAddress> KIND =
            new Kind<>(IpAddress.class, "vip-route", IpAddress::toString, IpAddress::parse);

    private static final String LOOPBACK = "lo";

    private final Ledger ledger;
    private final RouteNetlink netlink;
    private final LocalRoutes local;
    private final Set<IpAddress> routed = new HashSet<>();
    private final Map<IpAddress, String> refusals = new HashMap<>();
    /** Our routes in the kernel, read when a route is first refused because it exists; empty before. */
    private Optional<Set<IpAddress>> found = Optional.empty();

    /**
     * Creates the object, but no route yet.
     *
     * @param ledger that takes kind {@link #KIND}
     * @param protocol the maker's number, 1 to 255 ({@code rtm_protocol})
     */
    public VipRoutes(Ledger ledger, RouteNetlink netlink, int protocol) {
        this.ledger = ledger;
        this.netlink = netlink;
        this.local = new LocalRoutes(netlink, protocol, 0);
    }

    public boolean isRouted(IpAddress vip) {
        return routed.contains(vip);
    }

    /** Returns the reason of each VIP that could not get a route. */
    public Map<IpAddress, String> refusals() {
        return Map.copyOf(refusals);
    }

    /** Returns those VIPs that are addresses of an interface: they need no route, and their other ports are not ours. */
    public Set<IpAddress> onInterfaces(Collection<IpAddress> vips) throws KernelException {
        final Set<IpAddress> found = new HashSet<>();
        if (!vips.isEmpty()) {
            final Set<IpAddress> wanted = new HashSet<>(vips);
            for (LinkAddress one : netlink.addresses()) {
                if (wanted.contains(one.address())) {
                    found.add(one.address());
                }
            }
        }
        return found;
    }

    /** Adds routes for VIPs. A VIP that the kernel refuses is among the {@link #refusals}. */
    public void add(Collection<IpAddress> vips, NodeFacts node) throws IOException {
        if (vips.isEmpty()) {
            return;
        }
        try {
            ledger.enter(KIND, vips);
        } catch (IOException e) {
            vips.forEach(vip -> refusals.put(vip, "no route for " + vip + ": " + e.getMessage()));
            return;
        }
        found = Optional.empty();
        final Map<IpAddress, Optional<IpAddress>> wanted = new HashMap<>();
        vips.forEach(vip -> wanted.put(vip, node.egressTo(vip)));
        final Map<IpAddress, LocalRoutes.Refusal> refused = local.add(netlink.linkIndex(LOOPBACK), wanted);
        final List<IpAddress> unmade = new ArrayList<>();
        for (IpAddress vip : wanted.keySet()) {
            try {
                final LocalRoutes.Refusal refusal = refused.get(vip);
                if (refusal != null) {
                    replace(vip, refusal);
                }
                routed.add(vip);
                refusals.remove(vip);
            } catch (KernelException e) {
                routed.remove(vip);
                unmade.add(vip);
                refusals.put(
                        vip,
                        e.is(Errno.EEXIST)
                                ? "another program has a local route to " + vip + ", which is not changed"
                                : "the kernel refuses a route for " + vip + ": " + e.getMessage());
            }
        }
        ledger.strike(KIND, unmade);
    }

    /** Replaces an existing route if it is ours; else throws the refusal. */
    private void replace(IpAddress vip, LocalRoutes.Refusal refusal) throws KernelException {
        if (!refusal.why().is(Errno.EEXIST) || !isOurs(vip)) {
            throw refusal.why();
        }
        netlink.replaceRoute(refusal.route());
    }

    private boolean isOurs(IpAddress vip) throws KernelException {
        if (found.isEmpty()) {
            found = Optional.of(present()); // of an earlier run, mostly: all at once
        }
        return found.get().contains(vip);
    }

    /** Removes the routes of VIPs that exist and are ours. */
    public void remove(Collection<IpAddress> vips) throws IOException {
        if (vips.isEmpty()) {
            return;
        }
        vips.forEach(vip -> {
            refusals.remove(vip);
            routed.remove(vip);
        });
        local.delete(netlink.linkIndex(LOOPBACK), vips);
        ledger.strike(KIND, vips);
    }

    /** Returns the VIPs in the ledger, of this run and of earlier ones. */
    public Set<IpAddress> owned() {
        return new TreeSet<>(ledger.owned(KIND));
    }

    /** Returns the owned VIPs whose route exists. */
    public Set<IpAddress> present() throws KernelException {
        final Set<IpAddress> present = new TreeSet<>();
        final Set<IpAddress> owned = owned();
        if (!owned.isEmpty()) {
            for (Route route : local.list()) {
                if (owned.contains(route.destination().address())) {
                    present.add(route.destination().address());
                }
            }
        }
        return present;
    }

    /** Returns one sentence for each route that is missing. */
    public List<String> audit() throws IOException {
        final List<String> findings = new ArrayList<>();
        if (!routed.isEmpty()) {
            final Set<IpAddress> present = present();
            new TreeSet<>(routed)
                    .stream()
                            .filter(vip -> !present.contains(vip))
                            .forEach(vip -> findings.add("the local route to " + vip + " is gone"));
        }
        return findings;
    }
}
