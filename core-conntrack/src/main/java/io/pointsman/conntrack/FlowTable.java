package io.pointsman.conntrack;

import io.pointsman.packet.Prefetch;
import io.pointsman.packet.RawMemory;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Flows of one address family, off-heap and of fixed capacity: a slot for each direction, found by tuple. Lock-free and
 * without garbage, for any number of threads; {@link FlowBinder} inserts.
 *
 * <p>A slot is named by its address. An address outlives the flow in it: whoever keeps one keeps the control word it was
 * found with, and checks it again after reading.
 */
public final class FlowTable implements AutoCloseable {
    /** Part of the slots that a full table uses: more would make searches longer, less would waste memory. */
    static final double RECOMMENDED_LOAD = 0.82;

    // IPv4: how much further on the slots of a group lie for each byte that its word of the index lies further on.
    private static final int GROUP_BYTES_PER_INDEX_BYTE = TagIndex.GROUP_SLOTS * FlowSlot.BYTES / Long.BYTES;

    // Bits of a candidate: how many slots to the second, at most 6; all of them for no slot at all.
    private static final long SECOND = 7;

    // Threads that open flows would meet on one counter. In a small table, what they hold back would be missed.
    private static final int BLOCK = 64;
    private static final int SMALL = 1 << 16;

    private final NativeMemory memory;
    private final boolean wide;
    private final int slotShift;
    private final long slots;
    private final long slotsOfWords; // the first group's slots, less that of their word's address
    private final int slotCount;
    private final int capacity;
    private volatile int limit;
    private final FlowHash hash;
    private final FlowObserver observer;
    final TagIndex index;
    final @Nullable TcpWindows windows; // null: not looked at
    private final AtomicLong flows = new AtomicLong(); // and the room that binders hold in reserve
    private final Queue<FlowBinder> binders = new ConcurrentLinkedQueue<>(); // those that hold any
    private final int block; // flows that a binder reserves room for at once
    private final AtomicInteger sweepGroup = new AtomicInteger();

    /**
     * @param capacity flows, 1 to 2^28
     * @param wide for IPv6
     * @param seed the secret that hashing is keyed with
     * @param tcpWindows TCP segments must be within their windows, which are kept in 16 bytes more for each slot
     */
    public FlowTable(int capacity, boolean wide, long seed, FlowObserver observer, boolean tcpWindows) {
        this.capacity = capacity;
        limit = capacity;
        block = capacity < SMALL ? 1 : BLOCK;
        this.wide = wide;
        this.observer = observer;
        hash = new FlowHash(seed);
        final int lines = (int) Math.ceil(capacity * 2 / RECOMMENDED_LOAD / TagIndex.LINE_SLOTS);
        slotCount = Math.multiplyExact(lines, TagIndex.LINE_SLOTS);
        slotShift = wide ? 7 : 6;
        final long slotBytes = (long) slotCount << slotShift;
        memory = new NativeMemory(slotBytes + (long) lines * TagIndex.LINE_GROUPS * Long.BYTES);
        slots = memory.address();
        index = new TagIndex(slots + slotBytes, lines);
        slotsOfWords = slots - index.address(0) * GROUP_BYTES_PER_INDEX_BYTE;
        windows = tcpWindows ? new TcpWindows(slotCount) : null;
    }

    /** Without a look at TCP windows. */
    public FlowTable(int capacity, boolean wide, long seed, FlowObserver observer) {
        this(capacity, wide, seed, observer, false);
    }

    /** Flows now: exact while nobody opens or ends any. */
    public long size() {
        long held = 0;
        for (FlowBinder binder : binders) {
            held += binder.roomHeld();
        }
        return flows.get() - held;
    }

    /** Flows it was made for. */
    public int capacity() {
        return capacity;
    }

    /** Flows that are let in now: at most {@link #capacity}. */
    public int limit() {
        return limit;
    }

    /**
     * Lets in more flows from now on, or fewer; any thread, while all others go on. Flows beyond a lower limit stay until
     * they end; until then a new one needs one to make way, as in a full table. In a table for {@value #SMALL} flows or more
     * each thread may hold room for {@value #BLOCK}, so that near the limit another's new flow is refused that much earlier.
     *
     * @throws IllegalArgumentException above the capacity: slots are found by where they lie, so a table never grows
     */
    public void limit(int flows) {
        if (flows < 1 || flows > capacity) {
            throw new IllegalArgumentException("a limit of " + flows + " flows is not in 1.." + capacity
                    + ", what the table was made for; a larger table needs a new engine");
        }
        limit = flows;
    }

    /** All that it takes off the heap, but for TCP windows. */
    public long bytes() {
        return ((long) slotCount << slotShift) + (long) index.groups() * Long.BYTES;
    }

    public boolean usesHugePages() {
        return memory.usesHugePages();
    }

    boolean isWide() {
        return wide;
    }

    public long hash(long addresses, int ports, int protocol) {
        return hash.hash(addresses, ports, protocol);
    }

    public long hash(FlowKey key) {
        return hash.hash(key);
    }

    /** Where {@link #matches} looks first: to be read ahead, so that it comes near. */
    public long home(long tupleHash) {
        return index.address(index.home(tupleHash));
    }

    /**
     * A first look for a tuple of this hash: which slots of its home group bear its tag, to be handed to {@link #slotOf}.
     *
     * @param home of the hash
     */
    public long matches(long tupleHash, long home) {
        return TagIndex.matches(RawMemory.getLong(RawMemory.slotPointer(home)), TagIndex.pattern(tupleHash));
    }

    /** The first slot of a group among some {@link #matches}, of which there is one at least. */
    public long slotOf(long home, long matches) {
        return slotsOfWords + home * GROUP_BYTES_PER_INDEX_BYTE + TagIndex.offset(matches, FlowSlot.SHIFT);
    }

    /**
     * A candidate that stands for two IPv4 slots of a group: the first one's address and, in bits that are zero in every
     * slot's address, how many slots further on the second is.
     */
    public static long either(long first, long second) {
        return first | ((second - first) >>> FlowSlot.SHIFT);
    }

    /** A candidate that stands for no slot. It is an address all the same, so that it may be asked for like others. */
    public static long none(long home) {
        return home | SECOND;
    }

    /** Whether a candidate stands for no slot. */
    public static boolean isNone(long candidate) {
        return (candidate & SECOND) == SECOND;
    }

    /** Whether a candidate stands for one slot. */
    public static boolean isOnlyOne(long candidate) {
        return (candidate & SECOND) == 0;
    }

    /** The second of two. */
    public static long second(long candidate) {
        return (candidate & ~SECOND) + ((candidate & SECOND) << FlowSlot.SHIFT);
    }

    /**
     * The slot that a tuple without {@link #matches} in its home group is most likely in, or {@link FlowCursor#NONE} when it is
     * in none. A first look: a flow that is being inserted may be missed.
     */
    public long candidateElsewhere(long tupleHash, long home) {
        return TagIndex.isPassed(RawMemory.getLong(RawMemory.slotPointer(home)))
                ? candidateElsewhere(tupleHash)
                : FlowCursor.NONE;
    }

    private long candidateElsewhere(long tupleHash) {
        final long pattern = TagIndex.pattern(tupleHash);
        for (int step = 1; step < index.steps(); step++) {
            final int group = index.group(tupleHash, step);
            final long word = index.wordPlain(group);
            final long matches = TagIndex.matches(word, pattern);
            if (matches != 0) {
                return slot(group, matches);
            }
            if (!TagIndex.isPassed(word)) {
                break;
            }
        }
        return FlowCursor.NONE;
    }

    /** Reads a word of the index, so that it comes near. The value means nothing. */
    public static long touch(long home) {
        return RawMemory.getLong(RawMemory.slotPointer(home));
    }

    /** Has a candidate's first slot brought near, where there is no {@link Prefetch}. */
    public static void fetch(long candidate) {
        FlowSlot.fetch(RawMemory.linePointer(candidate));
    }

    /** Asks for one line. */
    public static void prefetch(long address) {
        Prefetch.lines(address, address, address, address);
    }

    /** Asks for {@value Prefetch#LINES} lines. */
    public static void prefetch(long[] addresses, int from) {
        Prefetch.lines(addresses[from], addresses[from + 1], addresses[from + 2], addresses[from + 3]);
    }

    /** The slot that a new flow with this home would most likely take; the home itself when none is free. */
    public long freeSlot(long home) {
        final long free = TagIndex.free(RawMemory.getLong(RawMemory.slotPointer(home)));
        return free != 0 ? slotOf(home, free) : home;
    }

    /** Finds the slot of an IPv4 tuple. It may be past its deadline: {@link #isAlive} tells. */
    public boolean find(long tupleHash, long addresses, int ports, int protocol, FlowCursor found) {
        final TagIndex tags = index;
        final long pattern = TagIndex.pattern(tupleHash);
        final int steps = tags.steps();
        for (int step = 0; step < steps; step++) {
            final int group = tags.group(tupleHash, step);
            final long word = tags.wordAcquire(group);
            for (long matches = TagIndex.matches(word, pattern); matches != 0; matches &= matches - 1) {
                final long slot = slot(group, matches);
                final long control = FlowSlot.controlAcquire(slot);
                if (FlowSlot.isFor(slot, addresses, ports, protocol) && isVisible(slot, control, found)) {
                    return true;
                }
            }
            if (!TagIndex.isPassed(word)) {
                break;
            }
        }
        return false;
    }

    /** As the other, for either family. */
    public boolean find(long tupleHash, FlowKey key, FlowCursor found) {
        final long pattern = TagIndex.pattern(tupleHash);
        for (int step = 0; step < index.steps(); step++) {
            final int group = index.group(tupleHash, step);
            final long word = index.wordAcquire(group);
            for (long matches = TagIndex.matches(word, pattern); matches != 0; matches &= matches - 1) {
                final long slot = slot(group, matches);
                final long control = FlowSlot.controlAcquire(slot);
                if (FlowSlot.isFor(slot, key) && isVisible(slot, control, found)) {
                    return true;
                }
            }
            if (!TagIndex.isPassed(word)) {
                break;
            }
        }
        return false;
    }

    /** With the control word that was read before the slot's key was compared. */
    boolean isVisible(long slot, long control, FlowCursor found) {
        final long now;
        if (Control.isLive(control)) {
            now = control;
        } else if (Control.state(control) == Control.TENTATIVE && Control.isReply(control)) {
            now = completeReply(slot, control);
            if (!Control.isLive(now) || Control.generation(now) != Control.generation(control)) {
                return false; // the key was compared before: it must be this use's
            }
        } else {
            return false;
        }
        found.slot = slot;
        found.control = now;
        return found.isStillValid();
    }

    /** A flow is there from the moment its original direction is; the reply slot may still have to be told. */
    private long completeReply(long slot, long control) {
        final long original = pair(slot);
        if (Control.isLive(FlowSlot.controlAcquire(original)) && pair(original) == slot) {
            FlowSlot.casControl(slot, control, Control.withState(control, Control.LIVE));
        }
        return FlowSlot.controlAcquire(slot);
    }

    /** Not past its deadline in this direction, or not in the other. */
    public boolean isAlive(long slot, long control, long nowNanos) {
        final int now = Control.tick(nowNanos);
        if (!Control.isExpired(control, now)) {
            return true;
        }
        final long other = FlowSlot.controlAcquire(pair(slot));
        return Control.isLive(other) && !Control.isExpired(other, now);
    }

    /** Until the flow is over without another packet; to the tick, zero or negative when it is. */
    public Duration timeLeft(long slot, long control, long nowNanos) {
        final int now = Control.tick(nowNanos);
        final long other = FlowSlot.controlAcquire(pair(slot));
        final int ticks = Math.max(Control.ticksLeft(control, now), Control.ticksLeft(other, now));
        return Duration.ofNanos((long) ticks << Control.TICK_SHIFT);
    }

    /** The other direction's slot. */
    public long pair(long slot) {
        return slots + ((long) FlowSlot.pair(slot) << slotShift);
    }

    int number(long slot) {
        return (int) ((slot - slots) >>> slotShift);
    }

    long slot(int number) {
        return slots + ((long) number << slotShift);
    }

    private long slot(int group, long matches) {
        return slot(group * TagIndex.GROUP_SLOTS + TagIndex.position(matches));
    }

    void register(FlowBinder binder) {
        if (block > 1) {
            binders.add(binder);
        }
    }

    /** Takes room for a flow, or for some more that the caller holds for its next ones. 0: the table is full. */
    int reserve() {
        return reserve(block) ? block : block > 1 && reserve(1) ? 1 : 0;
    }

    private boolean reserve(int count) {
        if (flows.getAndAdd(count) + count <= limit) {
            return true;
        }
        flows.getAndAdd(-count);
        return false;
    }

    /** Room for one flow in a full table, by ending another; above a lowered limit two go, so that the table gets there. */
    boolean reserveInstead(long tupleHash, long nowNanos) {
        if (!dropEarly(tupleHash, nowNanos)) {
            return false;
        }
        if (flows.get() >= limit) {
            dropEarly(tupleHash, nowNanos);
        }
        if (flows.getAndIncrement() < capacity) {
            return true;
        }
        flows.getAndDecrement(); // another thread took it
        return false;
    }

    void unreserve(int count) {
        flows.getAndAdd(-count);
    }

    /** Ends the flow of a slot, unless somebody did. True: it was this call, or it had been another's flow long since. */
    public boolean end(long slot, long control, FlowObserver.End how, long nowNanos) {
        final long original = Control.isReply(control) ? pair(slot) : slot;
        long originalControl = original == slot ? control : FlowSlot.controlAcquire(original);
        if (!Control.isSameUse(control, FlowSlot.controlAcquire(slot))) {
            return false;
        }
        while (Control.isLive(originalControl)) { // ends: each failed attempt is another thread's progress
            final long dying = Control.withState(originalControl, Control.DYING);
            if (FlowSlot.casControl(original, originalControl, dying)) {
                final long reply = pair(original);
                observer.ended(original, reply, how, nowNanos);
                free(reply);
                free(original);
                unreserve(1);
                return true;
            }
            final long again = FlowSlot.controlAcquire(original);
            if (!Control.isSameUse(originalControl, again)) {
                return false;
            }
            originalControl = again;
        }
        return false;
    }

    /** Only whoever ended the flow, or never finished inserting it. */
    void free(long slot) {
        final long keyHash = wide ? FlowSlot.hashWide(slot, hash) : FlowSlot.hash(slot, hash);
        FlowSlot.publish(slot, Control.freed(FlowSlot.controlAcquire(slot)));
        index.release(keyHash, number(slot));
    }

    /**
     * Looks at some slots, where the last call left off, and ends the flows that are past their deadline. Any thread; many
     * share the work.
     *
     * @param budget slots to look at
     * @return flows ended
     */
    public int sweep(int budget, long nowNanos) {
        final int groups = Math.min(index.groups(), Math.ceilDiv(budget, TagIndex.GROUP_SLOTS));
        final int start = sweepGroup.getAndAdd(groups);
        int ended = 0;
        for (int i = 0; i < groups; i++) {
            final int group = Integer.remainderUnsigned(start + i, index.groups());
            long occupied = TagIndex.occupied(index.wordAcquire(group));
            for (; occupied != 0; occupied &= occupied - 1) {
                final long slot = slot(group, occupied);
                final long control = FlowSlot.controlAcquire(slot);
                if (Control.isLive(control)
                        && !Control.isReply(control)
                        && !isAlive(slot, control, nowNanos)
                        && end(slot, control, FlowObserver.End.EXPIRED, nowNanos)) {
                    ended++;
                }
            }
        }
        return ended;
    }

    /** Makes room near a tuple's place by ending a flow that is expired or, failing that, had no answer. */
    boolean dropEarly(long tupleHash, long nowNanos) {
        for (int step = 0; step < index.steps(); step++) {
            final int group = index.group(tupleHash, step);
            long occupied = TagIndex.occupied(index.wordAcquire(group));
            for (; occupied != 0; occupied &= occupied - 1) {
                long slot = slot(group, occupied);
                long control = FlowSlot.controlAcquire(slot);
                if (Control.isLive(control) && Control.isReply(control)) {
                    slot = pair(slot);
                    control = FlowSlot.controlAcquire(slot);
                }
                if (Control.isLive(control) && !Control.isReply(control)) {
                    final boolean isExpired = !isAlive(slot, control, nowNanos);
                    final FlowObserver.End how = isExpired ? FlowObserver.End.EXPIRED : FlowObserver.End.EARLY_DROP;
                    if ((isExpired || !Control.isAssured(control)) && end(slot, control, how, nowNanos)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Calls back for each flow, with its original slot. A snapshot, one after the other. */
    public void forEach(FlowVisitor visitor) {
        for (int number = 0; number < slotCount; number++) {
            final long slot = slot(number);
            final long control = FlowSlot.controlAcquire(slot);
            if (Control.isLive(control) && !Control.isReply(control)) {
                visitor.visit(slot, control);
            }
        }
    }

    /** Takes flows one by one. */
    public interface FlowVisitor {
        /** The flow may end meanwhile: check the control word after reading. */
        void visit(long originalSlot, long control);
    }

    /** Frees the memory. No other call may be under way, or come later. */
    @Override
    public void close() {
        memory.close();
        if (windows != null) {
            windows.close();
        }
    }
}
