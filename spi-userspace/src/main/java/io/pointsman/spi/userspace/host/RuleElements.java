package io.pointsman.spi.userspace.host;

import io.pointsman.linux.nftables.text.NftElement;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Elements that a rule adds to our nft tables. */
public final class RuleElements {
    private static final String DROP = "drop";
    private static final String REFUSE = "goto refuse";

    /** Local endpoint whose answers may be for a borrowed address. */
    public record LocalEndpoint(Protocol protocol, IpAddress address, int port) {
        public static LocalEndpoint of(Protocol protocol, PoolEndpoint endpoint) {
            return new LocalEndpoint(protocol, endpoint.address(), endpoint.port());
        }
    }

    private RuleElements() {}

    /**
     * Returns the elements of a rule.
     *
     * @param addresses the rule's addresses on this node
     */
    public static Set<NftElement> of(Rule rule, Collection<IpAddress> addresses) {
        final Set<NftElement> elements = new HashSet<>();
        final Frontend frontend = rule.frontend();
        for (IpAddress address : addresses) {
            if (address.isLoopback()) {
                continue; // only this host's own processes reach a loopback address
            }
            final Adder adder = new Adder(elements, frontend.protocol(), address, frontend.port());
            if (!frontend.isNodePort()) {
                adder.add(SetKind.SERVED, "");
            }
            adder.judge(SetKind.FROM_POD, rule.fromLocalPod());
            adder.judge(SetKind.FROM_NODE, rule.fromNode());
            adder.judge(SetKind.FROM_EXTERNAL, rule.fromExternal());
            adder.limit(rule.allowedSources());
        }
        return elements;
    }

    private record Adder(Set<NftElement> elements, Protocol protocol, IpAddress address, int port) {
        void add(SetKind kind, String value) {
            elements.add(kind.element(protocol, address, port, value));
        }

        void judge(SetKind kind, Action action) {
            switch (action) {
                case Action.Drop _ -> add(kind, DROP);
                case Action.Reject _ -> add(kind, REFUSE);
                case Action.Forward _, Action.Pass _ -> {}
            }
        }

        void limit(List<Cidr> ranges) {
            final List<Cidr> ours = NftElement.outermost(ranges.stream()
                    .filter(range -> range.family() == address.family())
                    .toList());
            if (ranges.isEmpty() || ours.stream().anyMatch(Cidr::isEverything)) {
                return;
            }
            add(SetKind.RANGED, "");
            for (Cidr range : ours) {
                elements.add(new NftElement(
                        SetKind.ALLOWED.set(address.family()),
                        NftElement.key(protocol, address, port) + " . " + range,
                        ""));
            }
        }
    }

    /** Returns the endpoints on this node that see their clients' addresses. */
    static Set<LocalEndpoint> localEndpoints(Rule rule) {
        final Set<LocalEndpoint> answering = new HashSet<>();
        for (Action action : List.of(rule.fromLocalPod(), rule.fromNode(), rule.fromExternal())) {
            if (action instanceof Action.Forward forward && !forward.masquerade()) {
                for (PoolEndpoint endpoint : forward.pool().endpoints()) {
                    if (endpoint.local()) {
                        answering.add(LocalEndpoint.of(rule.frontend().protocol(), endpoint));
                    }
                }
            }
        }
        return answering;
    }
}
