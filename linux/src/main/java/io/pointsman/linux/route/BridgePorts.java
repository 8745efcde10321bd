package io.pointsman.linux.route;

import io.pointsman.linux.KernelException;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Addresses that are neighbours on a bridge of this host, as read once: bridges come and go, and a bridge's hardware address
 * may change with its ports.
 */
public final class BridgePorts {
    private record Network(Cidr range, Optional<String> hardwareAddress) {}

    private final List<Network> networks; // longest prefix first

    private BridgePorts(List<Network> networks) {
        this.networks = networks;
    }

    /** Returns an object in which no address is on a bridge. */
    public static BridgePorts none() {
        return new BridgePorts(List.of());
    }

    /** Reads interfaces and the routes of the main table. */
    public static BridgePorts look(RouteNetlink netlink) throws KernelException {
        final Map<Integer, String> bridges = new HashMap<>();
        for (Link link : netlink.links()) {
            if (link.kind().filter("bridge"::equals).isPresent()) {
                link.hardwareAddress().ifPresent(address -> bridges.put(link.index(), address));
            }
        }
        final List<Network> networks = new ArrayList<>();
        if (!bridges.isEmpty()) {
            for (IpFamily family : IpFamily.values()) {
                for (Route route : netlink.routes(family)) {
                    if (route.table() == Route.MAIN && route.type() == Route.Type.UNICAST) {
                        final boolean isDirect = route.gateway().isEmpty();
                        networks.add(new Network(
                                route.destination(),
                                isDirect ? route.linkIndex().map(bridges::get) : Optional.empty()));
                    }
                }
            }
            networks.sort(Comparator.comparingInt(
                    (Network network) -> -network.range().prefixLength()));
        }
        return new BridgePorts(networks);
    }

    /** Returns the hardware address of the bridge on which an address is a neighbour; empty if it is on none. */
    public Optional<String> bridgeOf(IpAddress address) {
        for (Network network : networks) {
            if (network.range().contains(address)) {
                return network.hardwareAddress();
            }
        }
        return Optional.empty();
    }

    /** Whether packets from one address to the other stay on a bridge. */
    public boolean areNeighbours(IpAddress one, IpAddress other) {
        final Optional<String> bridge = bridgeOf(one);
        return bridge.isPresent() && bridge.equals(bridgeOf(other));
    }
}
