package io.pointsman.conntrack;

import java.lang.invoke.VarHandle;

/** Result of a search: a slot and its control word at that time. A mutable flyweight, one for each thread. */
public final class FlowCursor {
    /** No flow. */
    public static final long NONE = 0;

    public long slot;
    public long control;

    /** Whether everything read from the slot since the search belongs to the flow that the search found. */
    public boolean isStillValid() {
        VarHandle.loadLoadFence(); // orders the reads so far before the control word is read again
        return Control.isSameUse(control, FlowSlot.controlAcquire(slot));
    }
}
