package io.pointsman.spi.ipvs.servers;

import java.util.Objects;

/**
 * State of a destination in the drain state machine. Immutable; each event returns the next state.
 *
 * <pre>
 *                wanted                   wanted: weight w
 *      (none) ─────────────► SERVING ◄──────────────────────┐
 *                             │    │                        │
 *     unwanted, datagrams only│    │unwanted: weight 0      │
 *                             ▼    ▼                        │
 *                          GONE ◄─ DRAINING(deadline) ──────┘
 *                                  no connections left, or deadline passed
 * </pre>
 *
 * @param weight weight in the kernel; 0 while the destination drains
 * @param deadlineNanos time at which its connections are cut while it drains, on the clock of {@link System#nanoTime};
 *     else 0
 */
record DrainState(Phase phase, int weight, long deadlineNanos) {
    enum Phase {
        /** The plan has the destination. */
        SERVING,
        /** The destination keeps its connections and gets no new ones. */
        DRAINING,
        /** The destination has to be deleted. */
        GONE
    }

    private static final DrainState DELETED = new DrainState(Phase.GONE, 0, 0);

    DrainState {
        Objects.requireNonNull(phase, "phase");
    }

    /** State of a destination that the plan has, whatever its state was. */
    static DrainState wanted(int weight) {
        return new DrainState(Phase.SERVING, weight, 0);
    }

    /** State after the plan no longer has the destination. If it drains already, it keeps its deadline. */
    DrainState unwanted(boolean drains, long deadline) {
        return switch (phase) {
            case SERVING -> drains ? new DrainState(Phase.DRAINING, 0, deadline) : DELETED;
            case DRAINING, GONE -> this;
        };
    }

    /** State after its connections, active or not, were counted. */
    DrainState counted(int connections, long nowNanos) {
        return phase == Phase.DRAINING && (connections == 0 || nowNanos - deadlineNanos >= 0) ? DELETED : this;
    }
}
