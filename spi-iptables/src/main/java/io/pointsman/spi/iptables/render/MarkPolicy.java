package io.pointsman.spi.iptables.render;

import io.pointsman.linux.iptables.MarkBit;
import io.pointsman.linux.iptables.PodMatches;
import io.pointsman.plan.Origin;
import java.util.Optional;
import java.util.function.Function;

/** Origins whose connections are masqueraded. */
record MarkPolicy(boolean pod, boolean node, boolean external) {
    boolean of(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> pod;
            case NODE -> node;
            case EXTERNAL -> external;
        };
    }

    static MarkPolicy of(Function<Origin, Boolean> masquerade) {
        return new MarkPolicy(
                masquerade.apply(Origin.LOCAL_POD), masquerade.apply(Origin.NODE), masquerade.apply(Origin.EXTERNAL));
    }

    /** Name of the chain that marks by origin. */
    private String chain() {
        return Names.PREFIX + "MARK-" + (pod ? 'P' : '-') + (node ? 'N' : '-') + (external ? 'E' : '-');
    }

    /** Returns the name of the chain that {@link #rule} jumps to; empty if one rule is enough. */
    Optional<String> chain(PodMatches pods) {
        return isOneRule(pods) ? Optional.empty() : Optional.of(chain());
    }

    private boolean isOneRule(PodMatches pods) {
        return node == external && (pod == node || (node && pods.others().isPresent()));
    }

    /**
     * Returns the rule that marks the packets of a match; empty if no origin is marked.
     *
     * @param match match that may begin with a destination, and has no source
     */
    String rule(String match, PodMatches pods, MarkBit mark) {
        if (!isOneRule(pods)) {
            return match + "-j " + chain() + "\n";
        }
        if (!node) {
            return "";
        }
        return (pod ? "" : pods.others().orElse("")) + match + mark.set();
    }

    /** Returns the rules of the chain that marks by origin. */
    String render(PodMatches pods, MarkBit mark) {
        return OriginRules.render(pods, this::of, (masquerade, match) -> {
            if (masquerade) {
                return match + mark.set() + (match.isEmpty() ? "" : match + "-j RETURN\n");
            }
            return match.isEmpty() ? "" : match + "-j RETURN\n";
        });
    }
}
