package io.pointsman.spi;

import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Capabilities.Feature;
import io.pointsman.spi.Shortfall.Aspect;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds what a backend's capabilities lack for a rule, so that all backends report it, in the same words. A backend that
 * knows more (size limits, what it does instead) adds that, or {@linkplain Shortfall#saying says it} in its own words.
 */
public final class Shortfalls {
    private Shortfalls() {}

    /** Returns the shortfalls in order of {@link Aspect}, at most one of each; empty if the backend can do all. */
    public static List<Shortfall> of(Rule rule, Capabilities capabilities) {
        final List<Shortfall> shortfalls = new ArrayList<>();
        if (!capabilities.protocols().contains(rule.frontend().protocol())) {
            shortfalls.add(new Shortfall(
                    Aspect.PROTOCOL,
                    rule.frontend().protocol() + " is not served in this mode; use another for this Service"));
        }
        if (!capabilities.families().contains(rule.frontend().family())) {
            shortfalls.add(new Shortfall(Aspect.FAMILY, rule.frontend().family() + " is not served in this mode"));
        }
        if (!capabilities.balancing().contains(rule.balancing())) {
            shortfalls.add(new Shortfall(Aspect.BALANCING, instead(rule.balancing(), capabilities)));
        }
        if (rule.affinity().isPresent() && !capabilities.has(Feature.AFFINITY)) {
            shortfalls.add(new Shortfall(Aspect.AFFINITY, "clients are not bound to an endpoint"));
        }
        if (!capabilities.has(Feature.PROXY_HEADER)) {
            rule.proxyHeader()
                    .ifPresent(header -> shortfalls.add(new Shortfall(
                            Aspect.PROXY_HEADER,
                            "the kernel puts no PROXY protocol header (" + header.text()
                                    + ") in front of connections; mode userspace does")));
        }
        if (rule.fromExternal() instanceof Action.Forward forward
                && !forward.masquerade()
                && !capabilities.has(Feature.KEEPS_SOURCE)) {
            shortfalls.add(new Shortfall(
                    Aspect.CLIENT_SOURCE,
                    "the endpoint sees this node's address instead of the client's, which the rule would keep"
                            + " (externalTrafficPolicy Local)"));
        }
        return shortfalls;
    }

    /** A backend without Maglev hashes sources if it can; any other algorithm becomes a random choice. */
    private static String instead(Balancing balancing, Capabilities capabilities) {
        final boolean hashes =
                balancing == Balancing.MAGLEV && capabilities.balancing().contains(Balancing.SOURCE_HASH);
        return "in place of " + balancing.text() + " endpoints are chosen "
                + (hashes ? "by a plain hash of the source" : "at random");
    }

    /**
     * Returns one problem for all of a rule's shortfalls; empty for none. If the rule can't be carried out at all, its text
     * has only the reasons for that; else all reasons why it is degraded.
     */
    public static Optional<RuleProblem> problem(Rule rule, List<Shortfall> shortfalls) {
        if (shortfalls.isEmpty()) {
            return Optional.empty();
        }
        final RuleProblem.Kind kind =
                shortfalls.stream().anyMatch(shortfall -> shortfall.kind() == RuleProblem.Kind.UNSUPPORTED)
                        ? RuleProblem.Kind.UNSUPPORTED
                        : RuleProblem.Kind.DEGRADED;
        return Optional.of(new RuleProblem(
                rule.frontend(),
                rule.owner(),
                kind,
                shortfalls.stream()
                        .filter(shortfall -> shortfall.kind() == kind)
                        .map(Shortfall::reason)
                        .collect(Collectors.joining("; "))));
    }
}
