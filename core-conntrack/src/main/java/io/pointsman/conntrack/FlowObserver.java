package io.pointsman.conntrack;

/** Told of each flow that ends, once, by whichever thread ended it. */
public interface FlowObserver {
    /** How a flow ended. */
    enum End {
        EXPIRED,
        CLOSED,
        /** Its endpoint no longer serves, and it is one that can't find out by itself. */
        UNSERVED,
        EARLY_DROP
    }

    /**
     * The slots are readable during the call, and free after it.
     *
     * @param original the slot of the original direction
     * @param reply of the reply direction
     */
    void ended(long original, long reply, End end, long nowNanos);
}
