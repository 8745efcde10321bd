package io.pointsman.spi.userspace.host;

import io.pointsman.plan.Rule;
import io.pointsman.spi.Capabilities.Feature;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.Shortfall;
import io.pointsman.spi.Shortfalls;
import io.pointsman.spi.userspace.UserspaceProvider;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parts of a rule that this backend does not support, in whole or in part. */
public final class RuleNeeds {
    private RuleNeeds() {}

    /** Returns the reason why a rule can't be in force at all. */
    public static Optional<RuleProblem> unsupported(Rule rule) {
        return Shortfalls.problem(
                rule,
                Shortfalls.of(rule, UserspaceProvider.MOST).stream()
                        .filter(shortfall -> shortfall.kind() == RuleProblem.Kind.UNSUPPORTED)
                        .map(RuleNeeds::inWordsOfOurOwn)
                        .toList());
    }

    private static Shortfall inWordsOfOurOwn(Shortfall shortfall) {
        return shortfall.aspect() == Shortfall.Aspect.PROTOCOL
                ? shortfall.saying("SCTP is not proxied in userspace; use a kernel backend for this Service")
                : shortfall;
    }

    /**
     * Returns what a rule loses although it is in force.
     *
     * @param why reason why clients' addresses can't be kept; null if they can
     */
    static Optional<String> degraded(Rule rule, @Nullable String why) {
        return why == null
                ? Optional.empty()
                : Shortfalls.of(rule, UserspaceProvider.MOST.without(Feature.KEEPS_SOURCE)).stream()
                        .filter(shortfall -> shortfall.aspect() == Shortfall.Aspect.CLIENT_SOURCE)
                        .map(shortfall -> shortfall.reason() + ": " + why)
                        .findFirst();
    }
}
