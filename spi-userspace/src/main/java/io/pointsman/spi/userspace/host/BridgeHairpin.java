package io.pointsman.spi.userspace.host;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.backend.SharedNeeds;
import io.pointsman.linux.nftables.text.NftElement;
import io.pointsman.linux.route.BridgePorts;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Frontend;
import io.pointsman.spi.userspace.host.RuleElements.LocalEndpoint;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Return path from endpoints on a bridge of this host. Without it such an endpoint would answer a neighbour directly, past
 * the socket that borrowed the neighbour's address. It exists from before the first connection to an endpoint until after
 * the last.
 *
 * <p>Not thread-safe, except {@link #areNeighbours}.
 */
final class BridgeHairpin {
    private final PacketFilter filter;
    private final RouteNetlink netlink;
    private final SharedNeeds<Frontend, LocalEndpoint> needed = new SharedNeeds<>();
    private final Set<LocalEndpoint> expected = new HashSet<>(); // of the plan that comes into force next
    private final Set<LocalEndpoint> departed = new HashSet<>(); // no rule uses it any more; connections may
    private final Set<NftElement> made = new HashSet<>();
    private volatile BridgePorts bridges = BridgePorts.none(); // as of the last look

    BridgeHairpin(PacketFilter filter, RouteNetlink netlink) {
        this.filter = filter;
        this.netlink = netlink;
    }

    /** Announces endpoints of the next plan; returns false if all are known already. */
    boolean expect(Set<LocalEndpoint> endpoints) {
        expected.clear();
        endpoints.stream().filter(one -> !needed.isNeeded(one)).forEach(expected::add);
        return !expected.isEmpty();
    }

    /** Replaces the endpoints of the changed rules, now in force. */
    void update(Map<Frontend, Set<LocalEndpoint>> changed) {
        departed.addAll(needed.update(changed).removed());
        departed.removeIf(needed::isNeeded);
        expected.clear();
    }

    Set<LocalEndpoint> departed() {
        return Set.copyOf(departed);
    }

    /** Forgets departed endpoints whose connections have ended. */
    void settle(Set<LocalEndpoint> idle) {
        departed.removeAll(idle);
    }

    /** Updates the filter with the present bridge of each endpoint; its next commit puts them into force. */
    void look() throws KernelException {
        final Set<LocalEndpoint> all = new HashSet<>(needed.all());
        all.addAll(expected);
        all.addAll(departed);
        if (all.isEmpty() && made.isEmpty()) {
            return;
        }
        final BridgePorts ports = all.isEmpty() ? BridgePorts.none() : BridgePorts.look(netlink);
        bridges = ports;
        final Set<NftElement> now = new HashSet<>();
        for (LocalEndpoint one : all) {
            ports.bridgeOf(one.address()).ifPresent(hardware -> {
                now.add(SetKind.BRIDGED.element(one.protocol(), one.address(), one.port(), hardware));
                if (one.protocol() == Protocol.UDP) {
                    now.add(SetKind.FRAGMENTED.element(one.address(), hardware));
                }
            });
        }
        made.stream().filter(element -> !now.contains(element)).forEach(filter::remove);
        now.forEach(filter::add);
        made.clear();
        made.addAll(now);
    }

    /** Whether packets between two addresses stay on a bridge. Any thread. */
    boolean areNeighbours(IpAddress one, IpAddress other) {
        return bridges.areNeighbours(one, other);
    }
}
