package io.pointsman.conntrack;

import io.pointsman.packet.Checksums;
import io.pointsman.packet.RawMemory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Inserts flows into a table: both directions or neither. Each thread has its own and reuses it.
 *
 * <h2>Protocol</h2>
 *
 * <ol>
 *   <li>{@link #begin} claims a slot for the original tuple, writes it, and marks it TENTATIVE.
 *   <li>{@link #bindReply} does the same for the reply tuple, and then searches for both tuples. If another flow has the reply tuple,
 *       the caller tries another source port: source ports are unique because reply tuples are.
 *   <li>{@link #commit} makes the flow visible with one compare-and-set of the original's control word to LIVE. The reply slot
 *       follows; a reader that is faster completes it ({@link FlowTable#isVisible}).
 * </ol>
 *
 * <h2>Why two threads cannot both insert one tuple</h2>
 *
 * A thread publishes both of its slots before it searches for either, with a full fence in between (Dekker's pattern). So if
 * two threads insert the same tuple, at least one sees the other's TENTATIVE slot. It aborts that flow by a compare-and-set
 * on the original's control word: the same word that the other thread must set to commit. At most one of the two commits.
 * The loser gets {@link #ABORTED} and starts over with a search, which finds the winner's flow. No thread waits for another:
 * if both abort each other, both retry.
 */
public final class FlowBinder {
    /** The step succeeded. */
    public static final int OK = 0;
    /** The tuple belongs to another flow. */
    public static final int TAKEN = 1;
    /** A concurrent thread inserts or has inserted the original tuple; search for it again. The binder holds nothing. */
    public static final int ABORTED = 2;
    /** The table has no room. The binder holds nothing. */
    public static final int FULL = 3;

    private final FlowTable table;
    private final FlowKey replyKey = new FlowKey();
    private final FlowKey replyTo = new FlowKey(); // the reply tuple after translation
    private long original;
    private long originalControl;
    private long originalHash;
    private boolean isOriginalUnique; // a search found no other flow with the original tuple
    private long reply;
    private long replyControl;
    private final AtomicInteger held = new AtomicInteger(); // reserved room for the next flows; only the owner writes
    private int limitSeen;

    /** Creates a binder and registers it with the table, because it may hold room for its thread's next flows. */
    public FlowBinder(FlowTable table) {
        this.table = table;
        limitSeen = table.quota.limit();
        table.quota.register(this);
    }

    /** Number of flows that this binder has reserved room for and not inserted yet; any thread. */
    int roomHeld() {
        return held.getOpaque();
    }

    private boolean reserve(long hash, long nowNanos) {
        int room = held.getPlain();
        final int limit = table.quota.limit();
        if (limit != limitSeen) {
            table.quota.release(room);
            room = 0;
            limitSeen = limit;
        }
        if (room == 0) {
            room = table.quota.reserve();
        }
        held.setOpaque(Math.max(0, room - 1));
        return room > 0 || table.reserveInstead(hash, nowNanos);
    }

    /** Claims and writes the original direction's slot. Returns {@link #OK} or {@link #FULL}. */
    public int begin(FlowKey key, long hash, long nowNanos) {
        reply = 0;
        if (!reserve(hash, nowNanos)) {
            return FULL;
        }
        original = claim(hash, nowNanos);
        if (original == 0) {
            table.quota.release(1);
            return FULL;
        }
        FlowSlot.writeKey(original, key);
        FlowSlot.resetCounters(original);
        originalControl = Control.withState(FlowSlot.controlAcquire(original), Control.TENTATIVE);
        FlowSlot.setControlRelease(
                original, originalControl); // no fence needed here: the reply's volatile store is one
        originalHash = hash;
        isOriginalUnique = false;
        return OK;
    }

    private long claim(long hash, long nowNanos) {
        int number = table.index.claim(hash);
        if (number == TagIndex.NONE && table.dropEarly(hash, nowNanos)) {
            number = table.index.claim(hash);
        }
        return number == TagIndex.NONE ? 0 : RawMemory.slotPointer(table.slot(number));
    }

    /** Returns the hash of the reply tuple of a flow whose packets are translated to {@code to}. */
    public long replyHash(FlowKey to) {
        return table.hash(replyKey.reverseOf(to));
    }

    /**
     * Claims and writes the reply direction's slot.
     *
     * @param key the original tuple, as passed to {@link #begin}
     * @param to the tuple after translation; the reply tuple is its reverse
     * @param replyHash {@link #replyHash} of {@code to}
     * @param state initial protocol state
     * @param timeoutNanos time until the flow expires without another packet
     * @param tag the caller's number for the flow, kept in both slots
     * @return {@link #OK}; {@link #TAKEN}, after which the caller may try another {@code to}; {@link #ABORTED};
     *     {@link #FULL}
     */
    public int bindReply(
            FlowKey key, FlowKey to, long replyHash, int state, long timeoutNanos, int tag, long nowNanos) {
        replyKey.reverseOf(to);
        return placeReply(replyHash, key, to, state, timeoutNanos, tag, nowNanos);
    }

    /**
     * Does the work of {@link #bindReply}, but searches before it claims: cheaper if the tuple is likely {@link #TAKEN},
     * dearer if not.
     */
    public int bindReplyIfFree(FlowKey key, FlowKey to, int state, long timeoutNanos, int tag, long nowNanos) {
        final long hash = replyHash(to);
        return isTaken(hash, replyKey, 0, 0, nowNanos)
                ? TAKEN
                : placeReply(hash, key, to, state, timeoutNanos, tag, nowNanos);
    }

    private int placeReply(long hash, FlowKey key, FlowKey to, int state, long timeoutNanos, int tag, long nowNanos) {
        reply = claim(hash, nowNanos);
        if (reply == 0) {
            abandon();
            return FULL;
        }
        final int headerDelta = key.addressDelta(to);
        final int transportDelta = Checksums.add(headerDelta, Checksums.delta(key.ports, to.ports));
        FlowSlot.writeTranslation(original, to, headerDelta, transportDelta);
        FlowSlot.setPairAndTag(original, table.number(reply), tag);
        FlowSlot.writeKey(reply, replyKey);
        FlowSlot.resetCounters(reply);
        FlowSlot.setPairAndTag(reply, table.number(original), tag);
        replyTo.reverseOf(key);
        FlowSlot.writeTranslation(reply, replyTo, Checksums.inverse(headerDelta), Checksums.inverse(transportDelta));
        final long fresh = Control.withProtocolState(
                Control.withState(FlowSlot.controlAcquire(reply), Control.TENTATIVE) | Control.REPLY, state);
        replyControl = Control.withDeadline(
                fresh, Control.deadline(Control.tick(nowNanos), Control.timeoutTicks(timeoutNanos)));
        FlowSlot.setControlVolatile(reply, replyControl);
        if (!isOriginalUnique) {
            if (isTaken(originalHash, key, original, reply, nowNanos)) {
                abandon();
                return ABORTED;
            }
            isOriginalUnique = true;
        }
        if (isTaken(hash, replyKey, reply, 0, nowNanos)) {
            table.free(reply);
            reply = 0;
            if (FlowSlot.controlAcquire(original) != originalControl) {
                abandon();
                return ABORTED;
            }
            return TAKEN;
        }
        return OK;
    }

    /** Makes the flow visible to all threads in both directions. Returns {@link #OK} or {@link #ABORTED}. */
    public int commit() {
        final long live = Control.withState(replyControl, Control.LIVE);
        final long committed = originalLive(live);
        if (!FlowSlot.casControl(original, originalControl, committed)) {
            abandon();
            return ABORTED;
        }
        FlowSlot.casControl(reply, replyControl, live); // fails if a reader has completed the slot
        return OK;
    }

    /** Returns the original's LIVE word: protocol state and deadline of the reply's word, the original's own generation. */
    private long originalLive(long replyLive) {
        final long base = Control.withState(originalControl, Control.LIVE);
        final long state = Control.withProtocolState(base, Control.protocolState(replyLive));
        return Control.withDeadline(state, Control.deadlineOf(replyLive));
    }

    /** Frees the slots that {@link #begin} and {@link #bindReply} claimed. */
    public void abandon() {
        if (reply != 0) {
            table.free(reply);
            reply = 0;
        }
        table.free(original);
        table.quota.release(1);
    }

    /** Address of the original slot of the flow committed last. */
    public long originalSlot() {
        return original;
    }

    /** Control word that {@link #commit} wrote to {@link #originalSlot}. */
    public long originalControl() {
        return originalLive(Control.withState(replyControl, Control.LIVE));
    }

    /**
     * Whether another flow has the tuple. Aborts tentative flows of that tuple and ends expired ones.
     *
     * @param self a slot of this binder to ignore; 0 for none
     * @param other a second slot to ignore; 0 for none
     */
    private boolean isTaken(long hash, FlowKey key, long self, long other, long nowNanos) {
        final int home = table.index.home(hash);
        final long word = table.index.wordVolatile(home);
        final long matches = TagIndex.matches(word, TagIndex.pattern(hash));
        return isTakenIn(home, matches, key, self, other, nowNanos)
                || (TagIndex.hasOverflow(word) && isTakenElsewhere(hash, key, self, other, nowNanos));
    }

    private boolean isTakenElsewhere(long hash, FlowKey key, long self, long other, long nowNanos) {
        final TagIndex index = table.index;
        final long pattern = TagIndex.pattern(hash);
        for (int step = 1; step < index.steps(); step++) {
            final int group = index.group(hash, step);
            final long word = index.wordVolatile(group);
            if (isTakenIn(group, TagIndex.matches(word, pattern), key, self, other, nowNanos)) {
                return true;
            }
            if (!TagIndex.hasOverflow(word)) {
                break;
            }
        }
        return false;
    }

    private boolean isTakenIn(int group, long matching, FlowKey key, long self, long other, long nowNanos) {
        for (long matches = matching; matches != 0; matches &= matches - 1) {
            final long slot = table.slot(group * TagIndex.GROUP_SLOTS + TagIndex.position(matches));
            if (slot != self && slot != other && holds(slot, key, nowNanos)) {
                return true;
            }
        }
        return false;
    }

    private boolean holds(long slot, FlowKey key, long nowNanos) {
        while (true) { // terminates: each round follows a state change of the other flow, towards FREE
            final long control = FlowSlot.controlVolatile(slot);
            final int state = Control.state(control);
            if ((state != Control.LIVE && state != Control.TENTATIVE) || !FlowSlot.isFor(slot, key)) {
                return false;
            }
            final long owner = Control.isReply(control) ? table.pair(slot) : slot;
            final long ownerControl = FlowSlot.controlVolatile(owner);
            if (!Control.isSameUse(control, FlowSlot.controlVolatile(slot))) {
                continue;
            }
            if (owner == original && Control.state(ownerControl) == Control.TENTATIVE) {
                return true; // a tuple that is its own reply
            }
            if (Control.isLive(ownerControl)) {
                if (table.isAlive(slot, control, nowNanos)) {
                    return true;
                }
                table.end(owner, ownerControl, FlowObserver.End.EXPIRED, nowNanos);
            } else if (Control.state(ownerControl) != Control.TENTATIVE
                    || FlowSlot.casControl(owner, ownerControl, Control.withState(ownerControl, Control.ABORTED))) {
                return false; // the other flow is ending, or was aborted here
            }
        }
    }
}
