package io.pointsman.spi.iptables.render;

import io.pointsman.linux.iptables.Matches;
import io.pointsman.linux.iptables.PodMatches;
import io.pointsman.plan.Origin;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Tells the three origins apart, with as many rules as it takes and no more. */
final class OriginRules {
    private OriginRules() {}

    /**
     * Rules that do for each origin what {@code outcome} says.
     *
     * @param rules given an outcome and a match, the rules that carry it out on what the match accepts. They end the
     *     chain for those packets, except that the last ones, given an empty match, need not
     */
    static <T> String render(PodMatches pods, Function<Origin, T> outcome, BiFunction<T, String, String> rules) {
        final T pod = outcome.apply(Origin.LOCAL_POD);
        final T node = outcome.apply(Origin.NODE);
        final T external = outcome.apply(Origin.EXTERNAL);
        final StringBuilder text = new StringBuilder();
        if (!pod.equals(node) || !pod.equals(external)) {
            // a pod on the host network has an address of the node, so pods go first
            for (String match : pods.matches()) {
                text.append(rules.apply(pod, match));
            }
        }
        if (!node.equals(external)) {
            text.append(rules.apply(node, Matches.FROM_NODE));
        }
        return text.append(rules.apply(external, "")).toString();
    }
}
