package io.pointsman.conntrack;

import io.pointsman.packet.Prefetch;
import io.pointsman.packet.RawMemory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The connection-tracking table of one address family: fixed capacity, off-heap, lock-free, free of garbage. A flow has two
 * slots, one for each direction, so a packet of either direction finds its translation with one look-up.
 *
 * <h2>Structure</h2>
 *
 * <pre>
 *   hash(tuple) ──► home group ──► index word: 7 tags of 8 bits, 1 overflow count ──► slot: 64 bytes (IPv6: 128)
 * </pre>
 *
 * A hash table with open addressing: all entries lie in one array of slots. A key whose home is full is placed further on,
 * and a search tries the same places in the same order. Every slot that a search looks at may be a cache miss, so the table
 * first asks a much smaller array which slots are worth a look. SwissTable [1] and F14 [2] introduced this layout.
 *
 * <p>Slots stand in groups of seven. For each group the smaller array, the <i>index</i>, has one 64-bit word with eight bits
 * of the hash of each slot's key: the slot's <i>tag</i>. A slot with another tag cannot hold the wanted key; one with the same
 * tag may, so its full key is compared. One comparison of the word tests all seven tags. A look-up therefore costs one cache
 * line of the index and, almost always, one slot. {@link TagIndex} explains the index: how the tags are compared, what the
 * overflow count is for, and the bound on a search.
 *
 * <p>A slot never moves and the table never grows. A slot is therefore named by its address, and addresses can be computed
 * before the data they point to has arrived: the batch pipeline of {@code io.pointsman.nat} prefetches them.
 *
 * <h2>Concurrency</h2>
 *
 * <ul>
 *   <li><b>Look-up.</b> Reads the index word (acquire) and the slot's control word (acquire), compares the key, and reads the
 *       control word again after a load-load fence, as a seqlock's reader does [3]. Each reuse of a slot increments the
 *       generation in its control word. If a slot was freed and given to another flow between the two reads (ABA), they differ.
 *   <li><b>Insertion.</b> {@link FlowBinder} claims and fills both slots, then makes the flow visible with one compare-and-set
 *       on the original direction's control word.
 *   <li><b>End.</b> One compare-and-set of the original's state to DYING decides which thread ends the flow; only that thread
 *       notifies the {@link FlowObserver} and frees both slots.
 *   <li><b>Expiry.</b> The deadline is a part of the control word. A look-up ignores an expired flow at once; {@link #sweep}
 *       reclaims its slots later, a bounded number at a time, from any thread.
 *   <li><b>A full table.</b> {@link #dropEarly} ends a flow in the groups that the new one may use: one that has expired or is
 *       not assured, as Linux's {@code early_drop} does.
 * </ul>
 *
 * Hashing is keyed with a secret ({@link FlowHash}), so that a client that chooses its ports cannot fill one group.
 *
 * <p>Sources: [1] M. Kulukundis, "Designing a Fast, Efficient, Cache-friendly Hash Table, Step by Step", CppCon 2017. [2] N.
 * Bronson and X. Shi, "Open-sourcing F14 for faster, more memory-efficient hash tables", 2019 (overflow counts). [3] H.-J.
 * Boehm, "Can Seqlocks Get Along with Programming Language Memory Models?", MSPC 2012. Flow life cycle: Linux
 * {@code net/netfilter/nf_conntrack_core.c}.
 */
public final class FlowTable implements AutoCloseable {
    /** Fraction of the slots in use at full capacity. A higher load makes searches longer, a lower one wastes memory. */
    static final double RECOMMENDED_LOAD = 0.82;

    // Slot bytes per index byte in IPv4; IPv6 has twice as many. They make a slot's address a linear function of its
    // index word's address.
    private static final int GROUP_BYTES_PER_INDEX_BYTE = (TagIndex.GROUP_SLOTS << FlowSlot.SHIFT) / Long.BYTES;

    private static final long LARGE_BYTES = 16 << 20;

    private final NativeMemory memory;
    private final boolean isIpv6;
    private final int slotShift;
    private final long slots;
    private final long slotOrigin; // address of the slots that belong to an index word at address 0
    private final int wide; // 1 for IPv6, whose slots are twice as large; else 0
    private final int slotCount;
    private final boolean isLarge;
    private final FlowHash hash;
    private final FlowObserver observer;
    final TagIndex index;
    final @Nullable TcpWindows windows; // null: windows are not checked
    final FlowQuota quota;
    private final AtomicInteger sweepGroup = new AtomicInteger();

    /**
     * Creates an empty table.
     *
     * @param capacity number of flows, 1 to 2^28
     * @param seed secret that keys the hash
     * @param tcpWindows keep TCP windows, 16 bytes more for each slot, so that {@link FlowTracker} can check them
     */
    public FlowTable(int capacity, boolean isIpv6, long seed, FlowObserver observer, boolean tcpWindows) {
        quota = new FlowQuota(capacity);
        this.isIpv6 = isIpv6;
        this.observer = observer;
        hash = new FlowHash(seed);
        final int lines = (int) Math.ceil(capacity * 2 / RECOMMENDED_LOAD / TagIndex.LINE_SLOTS);
        slotCount = Math.multiplyExact(lines, TagIndex.LINE_SLOTS);
        slotShift = isIpv6 ? FlowSlot.IPV6_SHIFT : FlowSlot.SHIFT;
        final long slotBytes = (long) slotCount << slotShift;
        isLarge = slotBytes > LARGE_BYTES;
        memory = new NativeMemory(slotBytes + (long) lines * TagIndex.LINE_GROUPS * Long.BYTES);
        slots = memory.address();
        index = new TagIndex(slots + slotBytes, lines);
        wide = slotShift - FlowSlot.SHIFT;
        slotOrigin = slots - ((index.address(0) * GROUP_BYTES_PER_INDEX_BYTE) << wide);
        windows = tcpWindows ? new TcpWindows(slotCount) : null;
    }

    /** Creates a table that keeps no TCP windows. */
    public FlowTable(int capacity, boolean isIpv6, long seed, FlowObserver observer) {
        this(capacity, isIpv6, seed, observer, false);
    }

    /** Number of flows. Exact while no thread inserts or ends one. */
    public long size() {
        return quota.flows();
    }

    /** Number of flows that memory is allocated for. */
    public int capacity() {
        return quota.capacity();
    }

    /** Most flows that are accepted now: at most {@link #capacity}. */
    public int maxFlows() {
        return quota.limit();
    }

    /**
     * Changes the number of flows that are accepted. Any thread may call it while packets are processed. If the limit falls
     * below the number of flows, all of them stay until they end; meanwhile a new flow displaces an unassured one, as in a
     * full table. In a table of {@value FlowQuota#MIN_FLOWS_FOR_BLOCKS} flows or more each thread may hold room for
     * {@value FlowQuota#BLOCK}: close to the limit, a flow may be refused up to {@value FlowQuota#BLOCK} times the
     * number of threads early.
     *
     * @param flows 1 to {@link #capacity}
     * @throws IllegalArgumentException outside that range: a slot's address never changes, so a table never grows
     */
    public void setMaxFlows(int flows) {
        quota.setLimit(flows);
    }

    /** Bytes of off-heap memory, without TCP windows. */
    public long bytes() {
        return ((long) slotCount << slotShift) + (long) index.groups() * Long.BYTES;
    }

    public boolean usesHugePages() {
        return memory.usesHugePages();
    }

    public boolean isIpv6() {
        return isIpv6;
    }

    /** Binary logarithm of a slot's bytes. */
    public int slotShift() {
        return slotShift;
    }

    public long hash(long addresses, int ports, int protocol) {
        return hash.hash(addresses, ports, protocol);
    }

    /** Returns the keyed hash of an IPv6 tuple. */
    public long hash(
            long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int ports, int protocol) {
        return hash.hash(sourceHigh, sourceLow, destinationHigh, destinationLow, ports, protocol);
    }

    public long hash(FlowKey key) {
        return hash.hash(key);
    }

    /** Returns the address of the home group's index word, to prefetch before {@link #matches}. */
    public long home(long tupleHash) {
        return index.address(index.home(tupleHash));
    }

    /**
     * Returns one bit for each slot of the home group whose tag equals the hash's; {@link #slotOf} turns the lowest bit into
     * a slot's address. Plain reads: the caller must validate the slot.
     *
     * @param home result of {@link #home} for the same hash
     */
    public long matches(long tupleHash, long home) {
        return TagIndex.matches(RawMemory.getLong(RawMemory.slotPointer(home)), TagIndex.pattern(tupleHash));
    }

    /**
     * Prefetches a group's index word together with all its slots, one of which the caller will need. Worth it only if both
     * are out of cache: the slots are then requested without waiting for the word.
     */
    public void prefetchGroup(long home) {
        final long first = slotOrigin + ((home * GROUP_BYTES_PER_INDEX_BYTE) << wide);
        final long slot = 1L << slotShift;
        if (isIpv6) {
            Prefetch.pairs(home, first, first + slot, first + 2 * slot);
            Prefetch.pairs(first + 3 * slot, first + 4 * slot, first + 5 * slot, first + 6 * slot);
        } else {
            Prefetch.lines(home, first, first + slot, first + 2 * slot);
            Prefetch.lines(first + 3 * slot, first + 4 * slot, first + 5 * slot, first + 6 * slot);
        }
    }

    /** Whether the slots exceed what a processor's caches hold. */
    public boolean isLarge() {
        return isLarge;
    }

    /** Returns the address of the first slot among {@code matches}, which must not be 0. */
    public long slotOf(long home, long matches) {
        return slotOrigin + ((home * GROUP_BYTES_PER_INDEX_BYTE + TagIndex.offset(matches, FlowSlot.SHIFT)) << wide);
    }

    /**
     * Returns the first slot outside the home group whose tag equals the hash's, or {@link FlowCursor#NONE}. For tuples
     * without {@link #matches} in the home group. Plain reads: a flow that is being inserted may be missed, and the caller
     * must validate the slot.
     */
    public long candidateElsewhere(long tupleHash, long home) {
        return TagIndex.hasOverflow(RawMemory.getLong(RawMemory.slotPointer(home)))
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
            if (!TagIndex.hasOverflow(word)) {
                break;
            }
        }
        return FlowCursor.NONE;
    }

    /** Loads an index word into the cache. The value returned has no meaning. */
    public static long loadIndexWord(long home) {
        return RawMemory.getLong(RawMemory.slotPointer(home));
    }

    /**
     * Returns the slot that a new flow with this home would take now, or {@code home} itself if all groups of its index line
     * are full. A hint, for prefetching.
     */
    public long freeSlot(long home) {
        final long free = TagIndex.free(RawMemory.getLong(RawMemory.slotPointer(home)));
        return free != 0 ? slotOf(home, free) : freeSlotBehind(home);
    }

    private long freeSlotBehind(long home) {
        for (int step = 1; step < TagIndex.LINE_GROUPS; step++) {
            final long at = TagIndex.addressBehind(home, step);
            final long free = TagIndex.free(RawMemory.getLong(at));
            if (free != 0) {
                return slotOf(at, free);
            }
        }
        return home;
    }

    /** Finds the slot of an IPv4 tuple. Returns whether it did; the flow's deadline may have passed: see {@link #isAlive}. */
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
            if (!TagIndex.hasOverflow(word)) {
                break;
            }
        }
        return false;
    }

    /**
     * Finds the slot of a tuple of this table's family. Returns whether it did; the flow's deadline may have passed: see
     * {@link #isAlive}.
     */
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
            if (!TagIndex.hasOverflow(word)) {
                break;
            }
        }
        return false;
    }

    /**
     * Whether the flow in a slot is visible. If so, puts it into {@code found}.
     *
     * @param control the slot's control word, read before the key was compared
     */
    boolean isVisible(long slot, long control, FlowCursor found) {
        final long now;
        if (Control.isLive(control)) {
            now = control;
        } else if (Control.state(control) == Control.TENTATIVE && Control.isReply(control)) {
            now = completeReply(slot, control);
            if (!Control.isLive(now) || Control.generation(now) != Control.generation(control)) {
                return false; // the key that was compared belonged to an earlier flow
            }
        } else {
            return false;
        }
        found.slot = slot;
        found.control = now;
        return found.isStillValid();
    }

    /**
     * Completes a reply slot whose original is LIVE: the flow is committed, and its inserter may not have updated the reply
     * yet.
     */
    private long completeReply(long slot, long control) {
        final long original = pair(slot);
        if (Control.isLive(FlowSlot.controlAcquire(original)) && pair(original) == slot) {
            FlowSlot.casControl(slot, control, Control.withState(control, Control.LIVE));
        }
        return FlowSlot.controlAcquire(slot);
    }

    /** Whether the deadline of either direction lies ahead. */
    public boolean isAlive(long slot, long control, long nowNanos) {
        final int now = Control.tick(nowNanos);
        if (!Control.isExpired(control, now)) {
            return true;
        }
        final long other = FlowSlot.controlAcquire(pair(slot));
        return Control.isLive(other) && !Control.isExpired(other, now);
    }

    /**
     * Returns the time until the flow expires without another packet, in whole ticks; zero or negative if it has expired.
     */
    public Duration timeLeft(long slot, long control, long nowNanos) {
        final int now = Control.tick(nowNanos);
        final long other = FlowSlot.controlAcquire(pair(slot));
        final int ticks = Math.max(Control.ticksLeft(control, now), Control.ticksLeft(other, now));
        return Duration.ofNanos((long) ticks << Control.TICK_SHIFT);
    }

    /** Address of the other direction's slot. */
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

    /**
     * Makes room for one flow in a full table by ending another. Returns whether it did. Above a lowered limit it ends two, so
     * that the table shrinks.
     */
    boolean reserveInstead(long tupleHash, long nowNanos) {
        if (!dropEarly(tupleHash, nowNanos)) {
            return false;
        }
        if (quota.isExhausted()) {
            dropEarly(tupleHash, nowNanos);
        }
        return quota.reserveBeyondLimit(); // fails if another thread took the room
    }

    /** Ends the flow of a slot. Returns true if this call ended it, false if it had ended or the slot had been reused. */
    public boolean end(long slot, long control, FlowObserver.End how, long nowNanos) {
        final long original = Control.isReply(control) ? pair(slot) : slot;
        long originalControl = original == slot ? control : FlowSlot.controlAcquire(original);
        if (!Control.isSameUse(control, FlowSlot.controlAcquire(slot))) {
            return false;
        }
        while (Control.isLive(originalControl)) { // terminates: each failed attempt is another thread's progress
            final long dying = Control.withState(originalControl, Control.DYING);
            if (FlowSlot.casControl(original, originalControl, dying)) {
                final long reply = pair(original);
                observer.ended(original, reply, how, nowNanos);
                free(reply);
                free(original);
                quota.release(1);
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

    /** Frees a slot. Only for the thread that ended its flow, or that has not committed it. */
    void free(long slot) {
        final long keyHash = isIpv6 ? FlowSlot.hashIpv6(slot, hash) : FlowSlot.hash(slot, hash);
        FlowSlot.setControlVolatile(slot, Control.freed(FlowSlot.controlAcquire(slot)));
        index.release(keyHash, number(slot));
    }

    /**
     * Ends expired flows in the next {@code budget} slots, continuing where the last call stopped. Any number of threads may call
     * it at once and share the work.
     *
     * @return number of flows ended
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

    /** Ends one flow in the groups of this hash that has expired or is not assured. Returns whether it found one. */
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

    /** Visits each flow by its original slot, one after another: not a snapshot of one instant. */
    public void forEach(FlowVisitor visitor) {
        for (int number = 0; number < slotCount; number++) {
            final long slot = slot(number);
            final long control = FlowSlot.controlAcquire(slot);
            if (Control.isLive(control) && !Control.isReply(control)) {
                visitor.visit(slot, control);
            }
        }
    }

    /** Receiver of a table's flows, one by one. */
    public interface FlowVisitor {
        /** Receives a flow. It may end during the call: validate the control word after reading. */
        void visit(long originalSlot, long control);
    }

    /** Frees the memory. No other call may be in progress or follow. */
    @Override
    public void close() {
        memory.close();
        if (windows != null) {
            windows.close();
        }
    }
}
