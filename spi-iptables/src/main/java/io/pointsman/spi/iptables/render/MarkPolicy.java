package io.pointsman.spi.iptables.render;

import io.pointsman.linux.iptables.MarkBit;
import io.pointsman.linux.iptables.PodMatches;
import io.pointsman.plan.Origin;
import java.util.Optional;
import java.util.function.Function;

/** Which origins' connections are to be masqueraded. */
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

    /** The chain that marks by origin, for what takes more than one rule. */
    private String chain() {
        return Names.PREFIX + "MARK-" + (pod ? 'P' : '-') + (node ? 'N' : '-') + (external ? 'E' : '-');
    }

    /** Its name, where {@link #rule} jumps to it. */
    Optional<String> chain(PodMatches pods) {
        return isOneRule(pods) ? Optional.empty() : Optional.of(chain());
    }

    private boolean isOneRule(PodMatches pods) {
        return node == external && (pod == node || (node && pods.others().isPresent()));
    }

    /**
     * The one rule that marks what a match accepts; none when nobody is to be marked.
     *
     * @param match may hold a destination and whatever comes after it, and no source
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

    /** Text of its chain. */
    String render(PodMatches pods, MarkBit mark) {
        return OriginRules.render(pods, this::of, (masquerade, match) -> {
            if (masquerade) {
                return match + mark.set() + (match.isEmpty() ? "" : match + "-j RETURN\n");
            }
            return match.isEmpty() ? "" : match + "-j RETURN\n";
        });
    }
}
