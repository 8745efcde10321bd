package io.pointsman.nat;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.SlotCandidate;
import io.pointsman.packet.Prefetch;
import io.pointsman.packet.RawMemory;

/**
 * A step of the {@link BatchPipeline}, run for one group of packets. The loops never branch on data still in flight: a
 * misprediction would discard the work for later packets.
 *
 * <p>Each step is an object behind one virtual call, so that the compiler compiles it by itself. Inlined into a caller's loop, the
 * three together exceed the inlining limits, and the last one is left half inlined.
 */
abstract sealed class BatchStep {
    /** Processes packets {@code from} (inclusive) to {@code to} (exclusive) of the batch. */
    abstract void run(PacketBatch batch, int from, int to, long nowNanos);

    /** Parses and hashes packets, and prefetches their index words. */
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
                    Prefetch.lines(homes, i);
                }
            } else {
                long seen = 0;
                for (int i = from; i < to; i++) {
                    seen ^= FlowTable.loadIndexWord(homes[i]);
                }
                batch.touched = seen;
            }
        }
    }

    /** Finds candidate slots in the index, and prefetches second candidates. */
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
            final long[] secondCandidates = batch.secondCandidates;
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
                        secondCandidates[secondCount++] = second;
                        candidate = SlotCandidate.ofTwo(first, second);
                    }
                } else {
                    final long elsewhere =
                            hash != PlainPackets.NOT_PLAIN ? flows.candidateElsewhere(hash, home) : FlowCursor.NONE;
                    candidate = elsewhere != FlowCursor.NONE ? elsewhere : SlotCandidate.none(home);
                }
                candidates[i] = candidate;
            }
            if (Prefetch.isAvailable()) {
                for (int i = 0; i < secondCount; i++) {
                    Prefetch.line(secondCandidates[i]);
                }
            } else {
                prefetchByStore(batch, from, to, secondCount);
            }
        }
    }

    private static void prefetchByStore(PacketBatch batch, int from, int to, int secondCount) {
        final long[] candidates = batch.candidates;
        for (int i = 0; i < secondCount; i++) {
            SlotCandidate.prefetchByStore(batch.secondCandidates[i]);
        }
        for (int i = from; i < to; i++) {
            if (!SlotCandidate.isNone(candidates[i])) {
                SlotCandidate.prefetchByStore(candidates[i]);
            }
        }
    }

    /** Translates packets until one needs the general path, and prefetches the next group's candidate slots. */
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
            final long[] overdue = batch.overdueSlots;
            final long nowBits = Control.deadlineBits(nowNanos);
            int overdueCount = 0;
            int i = from;
            while (i < to) {
                Prefetch.lines(candidates, i + BatchPipeline.AHEAD);
                final int end = Math.min(i + Prefetch.LINES, to);
                for (; i < end; i++) { // no call in this loop: the compiler would spill its registers around it
                    final long candidate = candidates[i];
                    if (SlotCandidate.isNone(candidate)) {
                        break;
                    }
                    final long at = RawMemory.pointer(addresses[i]);
                    final long slot = RawMemory.linePointer(candidate);
                    final long control = FlowSlot.controlAcquire(slot);
                    if (!PlainPackets.isOf(at, slot)) {
                        break;
                    }
                    final int outcome = packets.forward(at, slot, control, nowBits);
                    if (outcome == PlainPackets.NOT_HANDLED) {
                        break;
                    }
                    if (outcome == PlainPackets.OVERDUE) {
                        overdue[overdueCount++] = slot;
                    }
                }
                if (i < end) {
                    if (SlotCandidate.isNone(candidates[i]) || SlotCandidate.isSingle(candidates[i])) {
                        break;
                    }
                    candidates[i] = SlotCandidate.second(candidates[i]);
                }
            }
            for (int k = 0; k < overdueCount; k++) {
                packets.extendDeadline(overdue[k], nowNanos);
            }
            batch.nextToForward = i;
        }
    }
}
