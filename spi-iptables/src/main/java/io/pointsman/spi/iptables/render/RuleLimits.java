package io.pointsman.spi.iptables.render;

import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.Shortfall;
import io.pointsman.spi.Shortfalls;
import io.pointsman.spi.iptables.IptablesProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Parts of a rule that iptables does not support. */
final class RuleLimits {
    private RuleLimits() {}

    static Optional<RuleProblem> problem(Rule rule) {
        final List<Shortfall> shortfalls = new ArrayList<>();
        tooManyToHash(rule).ifPresent(shortfalls::add);
        for (Shortfall shortfall : Shortfalls.of(rule, IptablesProvider.CAPABILITIES)) {
            shortfalls.add(inWordsOfOurOwn(shortfall, rule.balancing()));
        }
        return Shortfalls.problem(rule, shortfalls);
    }

    private static Shortfall inWordsOfOurOwn(Shortfall shortfall, Balancing asked) {
        if (shortfall.aspect() != Shortfall.Aspect.BALANCING) {
            return shortfall;
        }
        return switch (asked) {
            case LEAST_CONNECTIONS ->
                shortfall.saying("iptables can't count connections of an endpoint, so endpoints are chosen at random");
            case MAGLEV ->
                shortfall.saying("endpoints are chosen by a plain hash of the source, so a change of endpoints moves"
                        + " more clients than with Maglev");
            case RANDOM, ROUND_ROBIN, WEIGHTED, SOURCE_HASH -> shortfall;
        };
    }

    private static Optional<Shortfall> tooManyToHash(Rule rule) {
        return rule.balancing() == Balancing.SOURCE_HASH && largestPool(rule) > PoolRenderer.MAX_HASHED_ENDPOINTS
                ? Optional.of(new Shortfall(
                        Shortfall.Aspect.BALANCING,
                        "iptables can hash over " + PoolRenderer.MAX_HASHED_ENDPOINTS
                                + " endpoints at most and there are " + largestPool(rule)
                                + ", so they are chosen at random"))
                : Optional.empty();
    }

    private static int largestPool(Rule rule) {
        int largest = 0;
        for (Action action : rule.actions()) {
            if (action instanceof Action.Forward forward) {
                largest = Math.max(largest, forward.pool().size());
            }
        }
        return largest;
    }
}
