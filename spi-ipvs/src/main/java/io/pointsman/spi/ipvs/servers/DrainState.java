package io.pointsman.spi.ipvs.servers;

import java.util.Objects;

/**
 * Where a destination stands: the drain state machine. Immutable; an event gives the state after it.
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
 * @param weight as the kernel is to have it; 0 while it drains
 * @param deadlineNanos while it drains: when its connections are cut, on the clock of {@link System#nanoTime}; else 0
 */
record DrainState(Phase phase, int weight, long deadlineNanos) {
    enum Phase {
        /** The plan wants it. */
        SERVING,
        /** It keeps its connections and gets no new ones. */
        DRAINING,
        /** It is to be deleted. */
        GONE
    }

    private static final DrainState DELETED = new DrainState(Phase.GONE, 0, 0);

    DrainState {
        Objects.requireNonNull(phase, "phase");
    }

    /** New, or back again whatever it was: a plan that wants it says all there is to say. */
    static DrainState wanted(int weight) {
        return new DrainState(Phase.SERVING, weight, 0);
    }

    /** The plan no longer has it. One that drains already keeps its deadline. */
    DrainState unwanted(boolean drains, long deadline) {
        return switch (phase) {
            case SERVING -> drains ? new DrainState(Phase.DRAINING, 0, deadline) : DELETED;
            case DRAINING, GONE -> this;
        };
    }

    /** It has this many connections, active or not, at this time. */
    DrainState counted(int connections, long nowNanos) {
        return phase == Phase.DRAINING && (connections == 0 || nowNanos - deadlineNanos >= 0) ? DELETED : this;
    }
}
