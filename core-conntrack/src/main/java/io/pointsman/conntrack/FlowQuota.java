package io.pointsman.conntrack;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Room for flows in one table: how many it has and may have. Each thread reserves room in blocks, so that threads do not
 * contend for one counter; a small table has too little room for blocks. Lock-free; any thread may call any method.
 */
final class FlowQuota {
    static final int BLOCK = 64;
    static final int MIN_FLOWS_FOR_BLOCKS = 1 << 16;

    private final int capacity;
    private final int block; // flows that a binder reserves room for at once
    private volatile int limit;
    private final AtomicLong reserved = new AtomicLong(); // flows, plus the room that binders hold for their next ones
    private final Queue<FlowBinder> binders = new ConcurrentLinkedQueue<>(); // binders that may hold room

    FlowQuota(int capacity) {
        this.capacity = capacity;
        limit = capacity;
        block = capacity < MIN_FLOWS_FOR_BLOCKS ? 1 : BLOCK;
    }

    /** Number of flows. Exact while no thread inserts or ends one. */
    long flows() {
        long held = 0;
        for (FlowBinder binder : binders) {
            held += binder.roomHeld();
        }
        return reserved.get() - held;
    }

    /** Number of flows that memory is allocated for. */
    int capacity() {
        return capacity;
    }

    /** Most flows that are accepted now: at most {@link #capacity}. */
    int limit() {
        return limit;
    }

    /** @throws IllegalArgumentException unless the limit is 1 to {@link #capacity} */
    void setLimit(int flows) {
        if (flows < 1 || flows > capacity) {
            throw new IllegalArgumentException("a limit of " + flows + " flows is not in 1.." + capacity
                    + ", the table's fixed capacity; a larger table needs a new engine");
        }
        limit = flows;
    }

    /** Whether there are as many flows as accepted now, or more, as after the limit was lowered. */
    boolean isExhausted() {
        return reserved.get() >= limit;
    }

    /** Registers a binder, whose room held is no flow yet. */
    void register(FlowBinder binder) {
        if (block > 1) {
            binders.add(binder);
        }
    }

    /** Reserves room for a block of flows, or for one if a block is too much. Returns the number reserved; 0 if full. */
    int reserve() {
        return reserve(block, limit) ? block : block > 1 && reserve(1, limit) ? 1 : 0;
    }

    /** Reserves room for one flow whatever the limit, within the capacity. Returns whether it did. */
    boolean reserveBeyondLimit() {
        return reserve(1, capacity);
    }

    private boolean reserve(int count, int most) {
        if (reserved.getAndAdd(count) + count <= most) {
            return true;
        }
        reserved.getAndAdd(-count);
        return false;
    }

    /** Gives back room: of flows that ended, or that was reserved and not used. */
    void release(int count) {
        reserved.getAndAdd(-count);
    }
}
