package io.pointsman.nat;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.SlotCandidate;
import io.pointsman.packet.Prefetch;
import io.pointsman.packet.RawMemory;

/**
 * A step of the {@link BatchPipeline}, run for one group of packets. The loops never branch on data that is still on its way
 * from memory: a misprediction would discard the work for later packets.
 *
 * <p>Each step is an object behind one virtual call, so that the compiler compiles it separately. If all three were inlined
 * into a caller's loop, they would exceed the inlining limits, and the last one would be inlined only in part.
 */
abstract sealed class BatchStep {
    /** Processes packets {@code from} (inclusive) to {@code to} (exclusive) of the lane. */
    abstract void run(BatchLane lane, int from, int to, long nowNanos);

    /** Parses and hashes packets, and prefetches their index words. */
    abstract static sealed class Hash extends BatchStep {
        final FlowTable table;

        Hash(FlowTable table) {
            this.table = table;
        }

        static void prefetchHomes(BatchLane lane, int from, int to) {
            final long[] homes = lane.candidates;
            if (Prefetch.isAvailable()) {
                for (int i = from; i < to; i += Prefetch.LINES) {
                    Prefetch.lines(homes, i);
                }
            } else {
                long seen = 0;
                for (int i = from; i < to; i++) {
                    seen ^= FlowTable.loadIndexWord(homes[i]);
                }
                lane.touched = seen;
            }
        }
    }

    /** The hash step for IPv4. */
    static final class HashIpv4 extends Hash {
        private final PlainIpv4 plain;

        HashIpv4(FlowTable table, PlainIpv4 plain) {
            super(table);
            this.plain = plain;
        }

        @Override
        void run(BatchLane lane, int from, int to, long nowNanos) {
            final FlowTable flows = table;
            final PlainIpv4 packets = plain;
            final long[] addresses = lane.addresses;
            final int[] lengths = lane.lengths;
            final long[] hashes = lane.hashes;
            final long[] homes = lane.candidates;
            for (int i = from; i < to; i++) {
                final long hash = packets.hash(addresses[i], lengths[i]);
                hashes[i] = hash;
                homes[i] = flows.home(hash);
            }
            prefetchHomes(lane, from, to);
        }
    }

    /** The hash step for IPv6. */
    static final class HashIpv6 extends Hash {
        private final PlainIpv6 plain;

        HashIpv6(FlowTable table, PlainIpv6 plain) {
            super(table);
            this.plain = plain;
        }

        @Override
        void run(BatchLane lane, int from, int to, long nowNanos) {
            final FlowTable flows = table;
            final PlainIpv6 packets = plain;
            final long[] addresses = lane.addresses;
            final int[] lengths = lane.lengths;
            final long[] hashes = lane.hashes;
            final long[] homes = lane.candidates;
            for (int i = from; i < to; i++) {
                final long hash = packets.hash(addresses[i], lengths[i]);
                hashes[i] = hash;
                homes[i] = flows.home(hash);
            }
            prefetchHomes(lane, from, to);
        }
    }

    /** Finds candidate slots in the index, and prefetches second candidates. */
    static final class Find extends BatchStep {
        private final FlowTable table;

        Find(FlowTable table) {
            this.table = table;
        }

        @Override
        void run(BatchLane lane, int from, int to, long nowNanos) {
            final FlowTable flows = table;
            final long[] hashes = lane.hashes;
            final long[] candidates = lane.candidates;
            final long[] secondCandidates = lane.secondCandidates;
            final int slotShift = flows.slotShift();
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
                        candidate = SlotCandidate.ofTwo(first, second, slotShift);
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
                    prefetchSlot(secondCandidates[i], flows.isIpv6());
                }
            } else {
                prefetchByStore(lane, from, to, secondCount, flows.isIpv6());
            }
        }
    }

    private static void prefetchSlot(long slot, boolean isIpv6) {
        if (isIpv6) {
            Prefetch.pair(slot);
        } else {
            Prefetch.line(slot);
        }
    }

    private static void prefetchByStore(BatchLane lane, int from, int to, int secondCount, boolean isIpv6) {
        final long[] candidates = lane.candidates;
        for (int i = 0; i < secondCount; i++) {
            SlotCandidate.prefetchByStore(lane.secondCandidates[i], isIpv6);
        }
        for (int i = from; i < to; i++) {
            if (!SlotCandidate.isNone(candidates[i])) {
                SlotCandidate.prefetchByStore(candidates[i], isIpv6);
            }
        }
    }

    /** Translates packets until one needs the general path, and prefetches the next group's candidate slots. */
    static final class ForwardIpv4 extends BatchStep {
        private final PlainIpv4 plain;
        private final int slotShift;

        ForwardIpv4(FlowTable table, PlainIpv4 plain) {
            this.plain = plain;
            slotShift = table.slotShift();
        }

        @Override
        void run(BatchLane lane, int from, int to, long nowNanos) {
            final PlainIpv4 packets = plain;
            final long[] addresses = lane.addresses;
            final long[] candidates = lane.candidates;
            final long[] overdue = lane.overdueSlots;
            final long nowBits = Control.deadlineBits(nowNanos);
            final int size = lane.size;
            final int ahead = lane.group;
            int overdueCount = 0;
            int i = from;
            while (i < to) {
                if (i + ahead < size) {
                    Prefetch.lines(candidates, i + ahead);
                }
                final int end = Math.min(i + Prefetch.LINES, to);
                for (; i < end; i++) { // no call in this loop: the compiler would spill its registers around the call
                    final long candidate = candidates[i];
                    if (SlotCandidate.isNone(candidate)) {
                        break;
                    }
                    final long slot = RawMemory.linePointer(candidate);
                    final int outcome = packets.forward(RawMemory.pointer(addresses[i]), slot, nowBits);
                    if (outcome == PlainPackets.NOT_HANDLED) {
                        break;
                    }
                    if (outcome == PlainPackets.OVERDUE) {
                        overdue[overdueCount++] = slot;
                    }
                }
                if (i < end) {
                    final long candidate = candidates[i];
                    if (SlotCandidate.isNone(candidate) || SlotCandidate.isSingle(candidate)) {
                        break;
                    }
                    candidates[i] = SlotCandidate.second(candidate, slotShift);
                }
            }
            for (int k = 0; k < overdueCount; k++) {
                packets.extendDeadline(overdue[k], nowNanos);
            }
            lane.nextToForward = i;
        }
    }

    /** Translates packets until one needs the general path, and prefetches the next group's candidate slots. */
    static final class ForwardIpv6 extends BatchStep {
        private final PlainIpv6 plain;
        private final int slotShift;

        ForwardIpv6(FlowTable table, PlainIpv6 plain) {
            this.plain = plain;
            slotShift = table.slotShift();
        }

        @Override
        void run(BatchLane lane, int from, int to, long nowNanos) {
            final PlainIpv6 packets = plain;
            final long[] addresses = lane.addresses;
            final long[] candidates = lane.candidates;
            final long[] overdue = lane.overdueSlots;
            final long nowBits = Control.deadlineBits(nowNanos);
            final int size = lane.size;
            final int ahead = lane.group;
            int overdueCount = 0;
            int i = from;
            while (i < to) {
                if (i + ahead < size) {
                    Prefetch.pairs(candidates, i + ahead);
                }
                final int end = Math.min(i + Prefetch.LINES, to);
                for (; i < end; i++) { // no call in this loop: the compiler would spill its registers around the call
                    final long candidate = candidates[i];
                    if (SlotCandidate.isNone(candidate)) {
                        break;
                    }
                    final long slot = RawMemory.linePointer(candidate);
                    final int outcome = packets.forward(RawMemory.pointer(addresses[i]), slot, nowBits);
                    if (outcome == PlainPackets.NOT_HANDLED) {
                        break;
                    }
                    if (outcome == PlainPackets.OVERDUE) {
                        overdue[overdueCount++] = slot;
                    }
                }
                if (i < end) {
                    final long candidate = candidates[i];
                    if (SlotCandidate.isNone(candidate) || SlotCandidate.isSingle(candidate)) {
                        break;
                    }
                    candidates[i] = SlotCandidate.second(candidate, slotShift);
                }
            }
            for (int k = 0; k < overdueCount; k++) {
                packets.extendDeadline(overdue[k], nowNanos);
            }
            lane.nextToForward = i;
        }
    }
}
