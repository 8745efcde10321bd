package io.pointsman.spi.userspace;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
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

    private static final String LEDGER = "vip-route";

    private final Ledger ledger;
    private final RouteNetlink netlink;
    private final Set<IpAddress> routed = new HashSet<>();
    private final Map<IpAddress, String> refusals = new HashMap<>();

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
        ledger.enter(LEDGER, vips.stream().map(IpAddress::toString).toList());
        final int loopback = netlink.linkIndex("lo");
        for (IpAddress vip : vips) {
            final Route plain = Route.local(Cidr.of(vip), loopback).withProtocol(PROTOCOL);
            try {
                replace(plain, node.egressTo(vip).map(plain::withSource).orElse(plain));
                routed.add(vip);
                refusals.remove(vip);
            } catch (KernelException e) {
                refusals.put(vip, "the kernel takes no route for " + vip + ": " + e.kernelText());
            }
        }
    }

    private void replace(Route plain, Route wanted) throws KernelException {
        try {
            netlink.replaceRoute(wanted);
        } catch (KernelException e) {
            if (!e.is(Errno.EINVAL) || wanted.equals(plain)) {
                throw e;
            }
            netlink.replaceRoute(plain); // the source is no address of this host (any more)
        }
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
        ledger.strike(LEDGER, vips.stream().map(IpAddress::toString).toList());
    }

    /** Those in the ledger, of this run and of earlier ones. */
    Set<IpAddress> owned() throws IOException {
        final Set<IpAddress> owned = new TreeSet<>();
        for (String text : ledger.entries(LEDGER)) {
            try {
                owned.add(IpAddress.parse(text));
            } catch (IllegalArgumentException e) {
                throw new IOException("the ledger's VIP \"" + text + "\" can't be read", e);
            }
        }
        return owned;
    }

    /** Those owned whose route is there. */
    Set<IpAddress> present() throws IOException {
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
