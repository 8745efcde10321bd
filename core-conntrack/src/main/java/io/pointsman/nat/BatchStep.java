package io.pointsman.nat;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.packet.Prefetch;
import io.pointsman.packet.RawMemory;

/**
 * One of the steps that a batch's packets go through, a group at a time: see {@link BatchPipeline}. Their loops branch on
 * nothing that they wait for, lest a misprediction throw later packets' work away.
 *
 * <p>They are objects behind one virtual call so that each is compiled for itself. Inlined into whatever loop a driver has,
 * all of them together outgrow what the compiler inlines, and it stops in the middle of the last.
 */
abstract sealed class BatchStep {
    /** For the batch's packets {@code from} to {@code to}. */
    abstract void run(PacketBatch batch, int from, int to, long nowNanos);

    /** Parses and hashes, and asks for the words of the index. */
    static final class Hash extends BatchStep {
        private final FlowTable table;

        Hash(FlowTable table) {
            this.table = table;
        }

        @Override
        void run(PacketBatch batch, int from, int to, long nowNanos) {
            final FlowTable flows = table;
            final long[] addresses = batch.addresses;
            final int[] lengths = batch.lengths;
            final long[] hashes = batch.hashes;
            final long[] homes = batch.candidates;
            for (int i = from; i < to; i++) {
                final long hash = PlainPackets.hash(flows, addresses[i], lengths[i]);
                hashes[i] = hash;
                homes[i] = flows.home(hash);
            }
            if (Prefetch.isAvailable()) {
                for (int i = from; i < to; i += Prefetch.LINES) {
                    FlowTable.prefetch(homes, i);
                }
            } else {
                long seen = 0;
                for (int i = from; i < to; i++) {
                    seen ^= FlowTable.touch(homes[i]);
                }
                batch.touched = seen;
            }
        }
    }

    /** Looks into the index. */
    static final class Find extends BatchStep {
        private final FlowTable table;

        Find(FlowTable table) {
            this.table = table;
        }

        @Override
        void run(PacketBatch batch, int from, int to, long nowNanos) {
            final FlowTable flows = table;
            final long[] hashes = batch.hashes;
            final long[] candidates = batch.candidates;
            final long[] seconds = batch.seconds;
            int secondCount = 0;
            for (int i = from; i < to; i++) {
                final long hash = hashes[i];
                final long home = candidates[i];
                final long matches = hash != PlainPackets.NOT_PLAIN ? flows.matches(hash, home) : 0;
                final long candidate;
                if (matches != 0) {
                    final long first = flows.slotOf(home, matches);
                    final long others = matches & (matches - 1);
                    if (others == 0) {
                        candidate = first;
                    } else {
                        final long second = flows.slotOf(home, others);
                        seconds[secondCount++] = second;
                        candidate = FlowTable.either(first, second);
                    }
                } else {
                    final long elsewhere =
                            hash != PlainPackets.NOT_PLAIN ? flows.candidateElsewhere(hash, home) : FlowCursor.NONE;
                    candidate = elsewhere != FlowCursor.NONE ? elsewhere : FlowTable.none(home);
                }
                candidates[i] = candidate;
            }
            if (Prefetch.isAvailable()) {
                for (int i = 0; i < secondCount; i++) {
                    FlowTable.prefetch(seconds[i]);
                }
            } else {
                fetch(batch, from, to, secondCount);
            }
        }
    }

    private static void fetch(PacketBatch batch, int from, int to, int secondCount) {
        final long[] candidates = batch.candidates;
        for (int i = 0; i < secondCount; i++) {
            FlowTable.fetch(batch.seconds[i]);
        }
        for (int i = from; i < to; i++) {
            if (!FlowTable.isNone(candidates[i])) {
                FlowTable.fetch(candidates[i]);
            }
        }
    }

    /** Translates packets up to the next that needs more than that, and asks for the slots of the next group's. */
    static final class Forward extends BatchStep {
        private final PlainPackets plain;

        Forward(PlainPackets plain) {
            this.plain = plain;
        }

        @Override
        void run(PacketBatch batch, int from, int to, long nowNanos) {
            final PlainPackets packets = plain;
            final long[] addresses = batch.addresses;
            final long[] candidates = batch.candidates;
            final long[] late = batch.late;
            final long origin = Control.origin(nowNanos);
            int lateCount = 0;
            int i = from;
            while (i < to) {
                FlowTable.prefetch(candidates, i + BatchPipeline.AHEAD);
                final int end = Math.min(i + Prefetch.LINES, to);
                for (; i < end; i++) { // calls nothing: around a call, the compiler would save all that the loop holds
                    final long candidate = candidates[i];
                    if (FlowTable.isNone(candidate)) {
                        break;
                    }
                    final long at = RawMemory.pointer(addresses[i]);
                    final long slot = RawMemory.linePointer(candidate);
                    final long control = FlowSlot.controlAcquire(slot);
                    if (!PlainPackets.isOf(at, slot)) {
                        break;
                    }
                    final int outcome = packets.forward(at, slot, control, origin);
                    if (outcome == PlainPackets.LEFT) {
                        break;
                    }
                    if (outcome == PlainPackets.LATE) {
                        late[lateCount++] = slot;
                    }
                }
                if (i < end) {
                    if (FlowTable.isNone(candidates[i]) || FlowTable.isOnlyOne(candidates[i])) {
                        break;
                    }
                    candidates[i] = FlowTable.second(candidates[i]);
                }
            }
            for (int k = 0; k < lateCount; k++) {
                packets.putOff(late[k], nowNanos);
            }
            batch.next = i;
        }
    }
}
