package io.pointsman.nat;

import io.pointsman.conntrack.FlowTable;
import io.pointsman.packet.Prefetch;

/**
 * Takes a batch through its steps in groups, so that the memory of a group's flows comes while the group before is worked
 * on. Where nothing can be asked for ahead, the whole batch is one group, and its memory is waited for all at once.
 *
 * <p>One for each worker.
 */
final class BatchPipeline {
    /** Packets whose flows' memory is asked for ahead. */
    static final int AHEAD = 16;

    private static final int GROUP = Prefetch.isAvailable() ? AHEAD : PacketBatch.MAX_CAPACITY;

    private final BatchStep hash;
    private final BatchStep find;
    private final BatchStep forward;

    BatchPipeline(FlowTable table, PlainPackets plain) {
        hash = new BatchStep.Hash(table);
        find = new BatchStep.Find(table);
        forward = new BatchStep.Forward(plain);
    }

    /** Before {@link #next}. */
    void start(PacketBatch batch, long nowNanos) {
        batch.next = 0;
        batch.found = 0;
        final int size = batch.size();
        for (int from = 0; from < size; from += GROUP) {
            run(hash, batch, from, Math.min(from + GROUP, size), nowNanos);
        }
        findUpTo(batch, GROUP, nowNanos);
        for (int i = 0; i < AHEAD; i += Prefetch.LINES) {
            FlowTable.prefetch(batch.candidates, i);
        }
    }

    /** Forwards packets up to the next that needs more than that, or to the end. */
    void next(PacketBatch batch, long nowNanos) {
        final int size = batch.size();
        while (batch.next < size) {
            final int end = Math.min((batch.next / GROUP + 1) * GROUP, size);
            findUpTo(batch, end + GROUP, nowNanos);
            run(forward, batch, batch.next, end, nowNanos);
            if (batch.next < end) {
                return;
            }
        }
    }

    /** Looks all packets up that are left. */
    void findAll(PacketBatch batch, long nowNanos) {
        findUpTo(batch, batch.size(), nowNanos);
    }

    private void findUpTo(PacketBatch batch, int limit, long nowNanos) {
        final int to = Math.min(limit, batch.size());
        while (batch.found < to) {
            final int end = Math.min(batch.found + GROUP, batch.size());
            run(find, batch, batch.found, end, nowNanos);
            batch.found = end;
        }
    }

    /** The one place that calls them: see {@link BatchStep}. */
    private static void run(BatchStep step, PacketBatch batch, int from, int to, long nowNanos) {
        step.run(batch, from, to, nowNanos);
    }
}
