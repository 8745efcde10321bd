package io.pointsman.spi.iptables;

import io.pointsman.plan.Action;
import io.pointsman.plan.Origin;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a rule asks for and iptables can't do. */
final class RuleLimits {
    private RuleLimits() {}

    static Optional<RuleProblem> problem(Rule rule) {
        final List<String> reasons = Stream.concat(lesserBalancing(rule).stream(), noHeader(rule).stream())
                .toList();
        return reasons.isEmpty()
                ? Optional.empty()
                : Optional.of(new RuleProblem(
                        rule.frontend(), rule.owner(), RuleProblem.Kind.DEGRADED, String.join("; ", reasons)));
    }

    private static Optional<String> noHeader(Rule rule) {
        return rule.proxyHeader()
                .map(header -> "the kernel puts no PROXY protocol header (" + header.text()
                        + ") in front of connections; mode userspace does");
    }

    private static Optional<String> lesserBalancing(Rule rule) {
        return switch (rule.balancing()) {
            case RANDOM, ROUND_ROBIN, WEIGHTED -> Optional.empty();
            case LEAST_CONNECTIONS ->
                Optional.of("iptables can't count connections of an endpoint, so endpoints are chosen at random");
            case MAGLEV ->
                Optional.of("endpoints are chosen by a plain hash of the source, so when one comes or goes more clients"
                        + " move than Maglev would move");
            case SOURCE_HASH ->
                largestPool(rule) <= PoolRenderer.MAX_HASHED_ENDPOINTS
                        ? Optional.empty()
                        : Optional.of("iptables can hash over " + PoolRenderer.MAX_HASHED_ENDPOINTS
                                + " endpoints at most and there are " + largestPool(rule)
                                + ", so they are chosen at random");
        };
    }

    private static int largestPool(Rule rule) {
        return Arrays.stream(Origin.values())
                .map(rule::action)
                .mapToInt(action -> action instanceof Action.Forward forward
                        ? forward.pool().size()
                        : 0)
                .max()
                .orElse(0);
    }
}
