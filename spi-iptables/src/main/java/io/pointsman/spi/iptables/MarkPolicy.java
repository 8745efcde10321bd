package io.pointsman.spi.iptables;

import io.pointsman.plan.Origin;
import java.util.function.Function;

/** Which origins' connections are to be masqueraded; each policy in use has a chain that sets the mark. */
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

    private boolean isUniform() {
        return pod == node && node == external;
    }

    /** Where to jump to for it. */
    String chain() {
        if (isUniform()) {
            return markChain(pod);
        }
        return Names.PREFIX + "MARK-" + (pod ? 'P' : '-') + (node ? 'N' : '-') + (external ? 'E' : '-');
    }

    /** Whether its chain must be rendered; the uniform ones are always there. */
    boolean hasOwnChain() {
        return !isUniform();
    }

    String render(PodMatches pods) {
        return OriginRules.render(pods, this::of, (masquerade, match) -> match + "-g " + markChain(masquerade) + "\n");
    }

    static String markChain(boolean masquerade) {
        return masquerade ? Names.MARK_MASQUERADE : Names.MARK_OURS;
    }
}
