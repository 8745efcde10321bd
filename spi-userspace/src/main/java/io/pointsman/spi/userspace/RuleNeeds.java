package io.pointsman.spi.userspace;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Origin;
import io.pointsman.plan.Rule;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What carrying a rule out takes here. */
final class RuleNeeds {
    private RuleNeeds() {}

    /**
     * Where to listen for it. Nowhere when nobody is forwarded or dropped: the host then refuses by itself, with a RST or
     * an ICMP port unreachable, as a rejection should be.
     */
    static Set<IpAddress> addresses(Rule rule, NodeFacts node) {
        if (!any(rule, action -> action instanceof Action.Forward || action instanceof Action.Drop)) {
            return Set.of();
        }
        return faces(rule, node);
    }

    /** The addresses that it is about. */
    static Set<IpAddress> faces(Rule rule, NodeFacts node) {
        if (!rule.frontend().isNodePort()) {
            return Set.of(rule.frontend().vip());
        }
        final Set<IpAddress> addresses = new TreeSet<>(node.nodePortAddresses());
        addresses.removeIf(address -> address.family() != rule.frontend().family());
        return addresses;
    }

    /** Somebody's address is to be kept. */
    static boolean keepsSource(Rule rule) {
        return any(rule, action -> action instanceof Action.Forward forward && !forward.masquerade());
    }

    /** Why it can't be carried out at all. */
    static Optional<String> unsupported(Rule rule) {
        return rule.frontend().protocol() == Protocol.SCTP
                ? Optional.of("SCTP is not proxied in userspace; use a kernel backend for this Service")
                : Optional.empty();
    }

    /**
     * What is lost although it is carried out.
     *
     * @param why clients' addresses can't be kept; null when they can
     */
    static Optional<String> degraded(Rule rule, @Nullable String why) {
        return why != null && rule.action(Origin.EXTERNAL) instanceof Action.Forward forward && !forward.masquerade()
                ? Optional.of("the endpoint sees this node's address instead of the client's, which the rule would keep"
                        + " (externalTrafficPolicy Local): " + why)
                : Optional.empty();
    }

    private static boolean any(Rule rule, Predicate<Action> test) {
        return Arrays.stream(Origin.values()).map(rule::action).anyMatch(test);
    }
}
