package io.pointsman.conntrack;

import io.pointsman.packet.Checksums;
import io.pointsman.packet.RawMemory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Inserts flows into a table: both directions, or neither. One for each thread, reused.
 *
 * <p>{@link #begin} places the original direction, {@link #bindReply} the reply's, {@link #commit} makes both visible. A slot
 * that is placed but not committed is tentative: it is no flow yet, and whoever wants the same tuple later aborts it. So no
 * thread ever waits for another: of two that insert one tuple at least one sees the other's slot, for each publishes both of
 * its own before it searches for either, and a compare-and-set on the original slot's control word says who won.
 */
public final class FlowBinder {
    /** Done. */
    public static final int OK = 0;
    /** Another flow has the tuple. */
    public static final int TAKEN = 1;
    /** Another thread took over; begin again with a search. Nothing is held. */
    public static final int ABORTED = 2;
    /** No room. Nothing is held. */
    public static final int FULL = 3;

    private final FlowTable table;
    private final FlowKey replyKey = new FlowKey();
    private long original;
    private long originalControl;
    private long originalHash;
    private boolean isOriginalSearched; // and found to be nobody else's
    private long reply;
    private long replyControl;
    private final AtomicInteger held = new AtomicInteger(); // room for flows to come; written by the owner only
    private int limitSeen;

    /** One that stays with the table: it may hold room there for its thread's next flows. */
    public FlowBinder(FlowTable table) {
        this.table = table;
        limitSeen = table.limit();
        table.register(this);
    }

    /** Any thread: flows that the table counts and that aren't there yet. */
    int roomHeld() {
        return held.getOpaque();
    }

    private boolean reserve(long hash, long nowNanos) {
        int room = held.getPlain();
        final int limit = table.limit();
        if (limit != limitSeen) {
            table.unreserve(room);
            room = 0;
            limitSeen = limit;
        }
        if (room == 0) {
            room = table.reserve();
        }
        held.setOpaque(Math.max(0, room - 1));
        return room > 0 || table.reserveInstead(hash, nowNanos);
    }

    /** Places the original direction: {@link #OK} or {@link #FULL}. */
    public int begin(FlowKey key, long hash, long nowNanos) {
        reply = 0;
        if (!reserve(hash, nowNanos)) {
            return FULL;
        }
        original = claim(hash, nowNanos);
        if (original == 0) {
            table.unreserve(1);
            return FULL;
        }
        FlowSlot.writeKey(original, key);
        FlowSlot.resetCounters(original);
        originalControl = Control.withState(FlowSlot.controlAcquire(original), Control.TENTATIVE);
        FlowSlot.place(original, originalControl); // the reply's publication fences it
        originalHash = hash;
        isOriginalSearched = false;
        return OK;
    }

    private long claim(long hash, long nowNanos) {
        int number = table.index.claim(hash);
        if (number == TagIndex.NONE && table.dropEarly(hash, nowNanos)) {
            number = table.index.claim(hash);
        }
        return number == TagIndex.NONE ? 0 : RawMemory.slotPointer(table.slot(number));
    }

    /** The hash of the tuple that answers have where a flow's packets become {@code to}. */
    public long replyHash(FlowKey to) {
        return table.hash(replyKey.reverseOf(to));
    }

    /**
     * Places the reply direction.
     *
     * @param key the original tuple, as for {@link #begin}
     * @param to what its packets become; the reply tuple is the reverse
     * @param replyHash as {@link #replyHash} has it
     * @param state protocol state to start with
     * @param timeoutNanos until the flow is over without another packet
     * @param tag a number for the owner's use
     * @return {@link #OK}; {@link #TAKEN}, when another {@code to} may be tried; {@link #ABORTED}, also where another thread has
     *     made a flow of the original tuple; {@link #FULL}
     */
    public int bindReply(
            FlowKey key, FlowKey to, long replyHash, int state, long timeoutNanos, int tag, long nowNanos) {
        replyKey.reverseOf(to);
        return placeReply(replyHash, key, to, state, timeoutNanos, tag, nowNanos);
    }

    /** As {@link #bindReply}, cheaper where the tuple likely is {@link #TAKEN}, and dearer where not. */
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
        final FlowKey back = replyKey.reverseOf(key);
        FlowSlot.writeTranslation(reply, back, Checksums.inverse(headerDelta), Checksums.inverse(transportDelta));
        final long fresh = Control.withProtocolState(
                Control.withState(FlowSlot.controlAcquire(reply), Control.TENTATIVE) | Control.REPLY, state);
        replyControl = Control.withDeadline(
                fresh, Control.deadline(Control.tick(nowNanos), Control.timeoutTicks(timeoutNanos)));
        FlowSlot.publish(reply, replyControl);
        if (!isOriginalSearched) {
            if (isTaken(originalHash, key, original, reply, nowNanos)) {
                abandon();
                return ABORTED;
            }
            isOriginalSearched = true;
        }
        replyKey.reverseOf(to);
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

    /** {@link #OK}: the flow is there, for all threads and in both directions. Or {@link #ABORTED}. */
    public int commit() {
        final long live = Control.withState(replyControl, Control.LIVE);
        final long committed = originalLive(live);
        if (!FlowSlot.casControl(original, originalControl, committed)) {
            abandon();
            return ABORTED;
        }
        FlowSlot.casControl(reply, replyControl, live); // fails when a reader was faster
        return OK;
    }

    /** State, protocol state and deadline of the reply's word, with the original's own generation. */
    private long originalLive(long replyLive) {
        final long base = Control.withState(originalControl, Control.LIVE);
        final long state = Control.withProtocolState(base, Control.protocolState(replyLive));
        return Control.withDeadline(state, Control.deadlineOf(replyLive));
    }

    /** Takes back what was placed. */
    public void abandon() {
        if (reply != 0) {
            table.free(reply);
            reply = 0;
        }
        table.free(original);
        table.unreserve(1);
    }

    /** The flow just committed. */
    public long originalSlot() {
        return original;
    }

    /** The control word it was committed with. */
    public long originalControl() {
        return originalLive(Control.withState(replyControl, Control.LIVE));
    }

    /**
     * Whether another flow has the tuple. Aborts tentative ones and ends expired ones on its way.
     *
     * @param self a slot that does not count, placed for it; 0 for none
     * @param other another
     */
    private boolean isTaken(long hash, FlowKey key, long self, long other, long nowNanos) {
        final int home = table.index.home(hash);
        final long word = table.index.wordVolatile(home);
        final long matches = TagIndex.matches(word, TagIndex.pattern(hash));
        return isTakenIn(home, matches, key, self, other, nowNanos)
                || (TagIndex.isPassed(word) && isTakenElsewhere(hash, key, self, other, nowNanos));
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
            if (!TagIndex.isPassed(word)) {
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
        while (true) { // ends: it goes around only after a state has moved on, towards FREE
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
                return false; // going, or gone now
            }
        }
    }
}
