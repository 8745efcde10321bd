package io.pointsman.conntrack;

/** Notified once of each flow that ends, by the thread that ended it. */
public interface FlowObserver {
    /** How a flow ended. */
    enum End {
        EXPIRED,
        CLOSED,
        /** Its endpoint no longer serves; UDP flows only, whose clients would not notice. */
        UNSERVED,
        EARLY_DROP
    }

    /**
     * Called while both slots are still readable; they are freed after it.
     *
     * @param original the slot of the original direction
     * @param reply of the reply direction
     */
    void ended(long original, long reply, End end, long nowNanos);
}
