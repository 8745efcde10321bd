package io.pointsman.testkit;

import io.pointsman.plan.ModeSemantics;
import java.util.List;

/** Modes whose behaviour an expectation is for. */
public enum Variant {
    ANY,
    IPTABLES,
    NFTABLES;

    /** Returns the modes to play an expectation in. */
    public List<ModeSemantics> modes() {
        return switch (this) {
            case ANY -> List.of(ModeSemantics.IPTABLES, ModeSemantics.NFTABLES);
            case IPTABLES -> List.of(ModeSemantics.IPTABLES);
            case NFTABLES -> List.of(ModeSemantics.NFTABLES);
        };
    }

    /** Whether an expectation applies to this mode. */
    public boolean holdsIn(ModeSemantics mode) {
        return modes().contains(mode);
    }
}
