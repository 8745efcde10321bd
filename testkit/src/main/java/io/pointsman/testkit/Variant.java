package io.pointsman.testkit;

import io.pointsman.plan.ModeSemantics;
import java.util.List;

/** Which mode's answers an expectation holds for. */
public enum Variant {
    ANY,
    IPTABLES,
    NFTABLES;

    /** The modes to play it in. */
    public List<ModeSemantics> modes() {
        return switch (this) {
            case ANY -> List.of(ModeSemantics.IPTABLES, ModeSemantics.NFTABLES);
            case IPTABLES -> List.of(ModeSemantics.IPTABLES);
            case NFTABLES -> List.of(ModeSemantics.NFTABLES);
        };
    }

    /** Whether it holds in this mode. */
    public boolean holdsIn(ModeSemantics mode) {
        return modes().contains(mode);
    }
}
