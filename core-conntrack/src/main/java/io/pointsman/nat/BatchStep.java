package io.pointsman.nat;

import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowTable;

/**
 * One of the steps that a batch goes through, packet by packet, before the next. Loops that miss the caches are short, so
 * that the misses of many packets fit into the processor's window, and branch on nothing that they wait for, lest a
 * misprediction throw those of later packets away.
 *
 * <p>They are objects behind one virtual call so that each is compiled for itself. Inlined into whatever loop a driver has,
 * all of them together outgrow what the compiler inlines, and it stops in the middle of the last.
 */
abstract sealed class BatchStep {
    abstract void run(PacketBatch batch, long nowNanos);

    /** Parses and hashes. */
    static final class Hash extends BatchStep {
        private final FlowTable table;

        Hash(FlowTable table) {
            this.table = table;
        }

        @Override
        void run(PacketBatch batch, long nowNanos) {
            final FlowTable flows = table;
            final long[] addresses = batch.addresses;
            final int[] lengths = batch.lengths;
            final long[] hashes = batch.hashes;
            final long[] homes = batch.candidates;
            final int size = batch.size();
            for (int i = 0; i < size; i++) {
                final long hash = PlainPackets.hash(flows, addresses[i], lengths[i]);
                hashes[i] = hash;
                homes[i] = flows.home(hash);
            }
        }
    }

    /** Fetches the words of the index. */
    static final class FetchIndex extends BatchStep {
        @Override
        void run(PacketBatch batch, long nowNanos) {
            final long[] homes = batch.candidates;
            final int size = batch.size();
            long seen = 0;
            for (int i = 0; i < size; i++) {
                seen ^= FlowTable.touch(homes[i]);
            }
            batch.touched = seen;
        }
    }

    /** Looks into the index. */
    static final class Find extends BatchStep {
        private final FlowTable table;

        Find(FlowTable table) {
            this.table = table;
        }

        @Override
        void run(PacketBatch batch, long nowNanos) {
            final FlowTable flows = table;
            final long[] hashes = batch.hashes;
            final long[] candidates = batch.candidates;
            final int size = batch.size();
            final long[] seconds = batch.seconds;
            int secondCount = 0;
            for (int i = 0; i < size; i++) {
                final long hash = hashes[i];
                final long home = candidates[i];
                final long matches = hash != PlainPackets.NOT_PLAIN ? flows.matches(hash, home) : 0;
                final long candidate;
                if (matches != 0) {
                    candidate = flows.slotOf(home, matches);
                    final long others = matches & matches - 1;
                    if (others != 0) {
                        seconds[secondCount++] = flows.slotOf(home, others);
                    }
                } else {
                    candidate = hash != PlainPackets.NOT_PLAIN ? flows.candidateElsewhere(hash, home) : FlowCursor.NONE;
                }
                candidates[i] = candidate;
            }
            batch.secondCount = secondCount;
        }
    }

    /** Fetches the slots that packets' flows are most likely in; for first packets those that their flows may get. */
    static final class Fetch extends BatchStep {
        private final FlowTable table;

        Fetch(FlowTable table) {
            this.table = table;
        }

        @Override
        void run(PacketBatch batch, long nowNanos) {
            final FlowTable flows = table;
            final long[] hashes = batch.hashes;
            final long[] candidates = batch.candidates;
            final int size = batch.size();
            for (int i = 0; i < batch.secondCount; i++) {
                FlowTable.fetch(batch.seconds[i]);
            }
            for (int i = 0; i < size; i++) {
                final long candidate = candidates[i];
                if (candidate != FlowCursor.NONE) {
                    FlowTable.fetch(candidate);
                } else {
                    flows.fetchFree(hashes[i]);
                }
            }
        }
    }

    /** Translates packets up to the next that needs more than that. */
    static final class Forward extends BatchStep {
        private final PlainPackets plain;

        Forward(PlainPackets plain) {
            this.plain = plain;
        }

        @Override
        void run(PacketBatch batch, long nowNanos) {
            final PlainPackets packets = plain;
            final long[] addresses = batch.addresses;
            final long[] hashes = batch.hashes;
            final long[] candidates = batch.candidates;
            final int size = batch.size();
            int i = batch.next;
            while (i < size) {
                final long candidate = candidates[i];
                if (candidate == FlowCursor.NONE
                        || (!packets.forward(addresses[i], candidate, nowNanos)
                                && !packets.forwardElsewhere(addresses[i], hashes[i], nowNanos))) {
                    break;
                }
                i++;
            }
            batch.next = i;
        }
    }
}
