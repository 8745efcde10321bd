package io.pointsman.spi.iptables.render;

import io.pointsman.linux.iptables.Matches;
import io.pointsman.linux.iptables.PodMatches;
import io.pointsman.plan.Origin;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Renderer of rules that distinguish the three origins, with as few rules as possible. */
final class OriginRules {
    private OriginRules() {}

    /**
     * Renders the rules that apply an outcome to each origin.
     *
     * @param outcome outcome for an origin
     * @param rules returns the rules for an outcome and a match. They must end the chain for the packets that match, except
     *     the last ones, which get an empty match
     */
    static <T> String render(PodMatches pods, Function<Origin, T> outcome, BiFunction<T, String, String> rules) {
        final T pod = outcome.apply(Origin.LOCAL_POD);
        final T node = outcome.apply(Origin.NODE);
        final T external = outcome.apply(Origin.EXTERNAL);
        final StringBuilder text = new StringBuilder();
        if (!pod.equals(node) || !pod.equals(external)) {
            // a pod on the host network has an address of the node, so pods come first
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
