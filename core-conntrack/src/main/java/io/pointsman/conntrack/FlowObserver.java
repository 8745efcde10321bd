package io.pointsman.conntrack;

/** Listener that is notified once of each flow that ends, by the thread that ended it. */
public interface FlowObserver {
    /** Cause of a flow's end. */
    enum End {
        EXPIRED,
        CLOSED,
        /** The endpoint no longer serves. UDP flows only: their clients would not notice. */
        UNSERVED,
        EARLY_DROP
    }

    /**
     * Called while both slots are still readable; they are freed afterwards.
     *
     * @param original address of the original direction's slot
     * @param reply address of the reply direction's slot
     */
    void ended(long original, long reply, End end, long nowNanos);
}
