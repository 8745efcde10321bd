package io.pointsman.nat;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.packet.RawMemory;

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
            final long[] candidates = batch.candidates;
            final long[] late = batch.late;
            final long origin = Control.origin(nowNanos);
            final int size = batch.size();
            int lateCount = 0;
            int i = batch.next;
            while (true) {
                for (; i < size; i++) { // calls nothing: around a call, the compiler would save all that the loop holds
                    final long candidate = candidates[i];
                    if (candidate == FlowCursor.NONE) {
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
                if (i == size || FlowTable.isOnlyOne(candidates[i])) {
                    break;
                }
                candidates[i] = FlowTable.second(candidates[i]);
            }
            for (int k = 0; k < lateCount; k++) {
                packets.putOff(late[k], nowNanos);
            }
            batch.next = i;
        }
    }
}
