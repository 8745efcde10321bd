package io.pointsman.conntrack;

import java.lang.invoke.VarHandle;

/** Where a search ended: a slot and the control word it was found with. One for each thread, reused. */
public final class FlowCursor {
    /** No flow. */
    public static final long NONE = 0;

    public long slot;
    public long control;

    /** Whether what was read since the search still is that flow's. */
    public boolean isStillValid() {
        VarHandle.loadLoadFence(); // what was read before is not read after the control word
        return Control.isSameUse(control, FlowSlot.controlAcquire(slot));
    }
}
