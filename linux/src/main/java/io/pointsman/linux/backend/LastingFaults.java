package io.pointsman.linux.backend;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers the faults that last, so that each is logged once and not with every new attempt. Any thread. */
public final class LastingFaults {
    private final Map<String, String> reasons = new ConcurrentHashMap<>();

    /** Creates a memory without faults. */
    public LastingFaults() {}

    /** Adds a fault; true if it is new, or has another reason than at the last attempt. */
    public boolean add(String what, String reason) {
        return !reason.equals(reasons.put(what, reason));
    }

    /** Forgets a fault: if it occurs again, it is new. */
    public void solved(String what) {
        reasons.remove(what);
    }
}
