package io.pointsman.spi.userspace;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.route.LinkAddress;
import io.pointsman.linux.route.Route;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
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
 * Makes VIPs that no interface has this host's own: a local route each. Its preferred source is what a client on this host
 * gets as its address, which would be the VIP itself without.
 *
 * <p>Not thread-safe.
 */
final class VipRoutes {
    /** rtm_protocol of our routes; none of those that iproute2 has names for. What is not so marked is not removed. */
    static final int PROTOCOL = 117;

    private final Ledger ledger;
    private final RouteNetlink netlink;
    private final Set<IpAddress> routed = new HashSet<>();
    private final Map<IpAddress, String> refusals = new HashMap<>();
    /** Our routes as the kernel had them when one was first met in the way. */
    private Optional<Set<IpAddress>> found = Optional.empty();

    VipRoutes(Ledger ledger, RouteNetlink netlink) {
        this.ledger = ledger;
        this.netlink = netlink;
    }

    boolean isRouted(IpAddress vip) {
        return routed.contains(vip);
    }

    /** Why a VIP has none. */
    Map<IpAddress, String> refusals() {
        return Map.copyOf(refusals);
    }

    /** Which of these are addresses of an interface: they need no route, and their other ports are not ours. */
    Set<IpAddress> onInterfaces(Collection<IpAddress> vips) throws KernelException {
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

    /** Routes these here. One that the kernel refuses is among the {@link #refusals}. */
    void add(Collection<IpAddress> vips, NodeFacts node) throws IOException {
        if (vips.isEmpty()) {
            return;
        }
        try {
            ledger.enter(Owned.VIP_ROUTE, vips);
        } catch (IOException e) {
            vips.forEach(vip -> refusals.put(vip, "no route for " + vip + ": " + e.getMessage()));
            return;
        }
        found = Optional.empty();
        final int loopback = netlink.linkIndex("lo");
        final List<IpAddress> unmade = new ArrayList<>();
        for (IpAddress vip : vips) {
            final Route plain = Route.local(Cidr.of(vip), loopback).withProtocol(PROTOCOL);
            try {
                make(vip, plain, node.egressTo(vip).map(plain::withSource).orElse(plain));
                routed.add(vip);
                refusals.remove(vip);
            } catch (KernelException e) {
                routed.remove(vip);
                unmade.add(vip);
                refusals.put(
                        vip,
                        e.is(Errno.EEXIST)
                                ? "somebody else has a local route to " + vip + ", which is left alone"
                                : "the kernel takes no route for " + vip + ": " + e.getMessage());
            }
        }
        ledger.strike(Owned.VIP_ROUTE, unmade);
    }

    private void make(IpAddress vip, Route plain, Route wanted) throws KernelException {
        try {
            make(vip, wanted);
        } catch (KernelException e) {
            if (!e.is(Errno.EINVAL) || wanted.equals(plain)) {
                throw e;
            }
            make(vip, plain); // the source is no address of this host (any more)
        }
    }

    /** In place of ours, never of another's. */
    private void make(IpAddress vip, Route wanted) throws KernelException {
        try {
            netlink.addRoute(wanted);
        } catch (KernelException e) {
            if (!e.is(Errno.EEXIST) || !isOurs(vip)) {
                throw e;
            }
            netlink.replaceRoute(wanted);
        }
    }

    private boolean isOurs(IpAddress vip) throws KernelException {
        if (found.isEmpty()) {
            found = Optional.of(present()); // of an earlier run, mostly: all at once
        }
        return found.get().contains(vip);
    }

    /** Removes the routes of these, as far as they are there and ours. */
    void remove(Collection<IpAddress> vips) throws IOException {
        if (vips.isEmpty()) {
            return;
        }
        final int loopback = netlink.linkIndex("lo");
        for (IpAddress vip : vips) {
            refusals.remove(vip);
            routed.remove(vip);
            try {
                netlink.deleteRoute(Route.local(Cidr.of(vip), loopback).withProtocol(PROTOCOL));
            } catch (KernelException e) {
                if (!e.is(Errno.ESRCH) && !e.is(Errno.ENOENT)) {
                    throw e;
                }
            }
        }
        ledger.strike(Owned.VIP_ROUTE, vips);
    }

    /** Those in the ledger, of this run and of earlier ones. */
    Set<IpAddress> owned() {
        return new TreeSet<>(ledger.owned(Owned.VIP_ROUTE));
    }

    /** Those owned whose route is there. */
    Set<IpAddress> present() throws KernelException {
        final Set<IpAddress> present = new TreeSet<>();
        final Set<IpAddress> owned = owned();
        if (!owned.isEmpty()) {
            for (IpFamily family : IpFamily.values()) {
                for (Route route : netlink.routes(family)) {
                    if (route.table() == Route.LOCAL
                            && route.protocol() == PROTOCOL
                            && owned.contains(route.destination().address())) {
                        present.add(route.destination().address());
                    }
                }
            }
        }
        return present;
    }

    /** One sentence for each route that should be there and is not. */
    List<String> audit() throws IOException {
        final List<String> findings = new ArrayList<>();
        if (!routed.isEmpty()) {
            final Set<IpAddress> present = present();
            new TreeSet<>(routed)
                    .stream()
                            .filter(vip -> !present.contains(vip))
                            .forEach(vip -> findings.add("the route that leads " + vip + " here is gone"));
        }
        return findings;
    }
}
