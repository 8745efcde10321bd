package io.pointsman.nat;

import io.pointsman.conntrack.FlowTable;
import io.pointsman.packet.Prefetch;

/**
 * Software pipeline for batches of packets: overlaps the cache misses of many flows with each other and with work.
 *
 * <h2>Why</h2>
 *
 * With a million flows neither the index nor the slots fit into a cache, so each packet waits for main memory twice, one load
 * after the other: index word, then slot. Processed one by one, a core spends most of its time waiting, although it could have
 * some twenty loads under way at once. The remedy is group prefetching (Chen, Ailamaki, Gibbons and Mowry, "Improving Hash Join
 * Performance through Prefetching", ICDE 2004), which packet frameworks such as VPP and DPDK apply in the same way.
 *
 * <h2>How</h2>
 *
 * A batch passes three steps ({@link BatchStep}), in groups of {@value #AHEAD} packets:
 *
 * <pre>
 *   hash      parse, hash the tuple                     prefetch the index word
 *   find      compare tags in the index word            prefetch the candidate slot
 *   forward   compare the key, translate in place       prefetch the next group's candidate slots
 *
 *   time ──►  hash g0  hash g1  hash g2 …  find g0  find g1  forward g0  find g2  forward g1 …
 * </pre>
 *
 * So by the time a step touches a line, a whole group's work has passed since the line was requested. Only the forward step
 * verifies anything: a candidate is a guess, and {@link PlainPackets#forward(long, long, long, long)} validates it as any look-up does.
 *
 * <p>Packets that are not the plain case (first packets, fragments, ICMP, state changes) interrupt the forward step: {@link #next}
 * returns, {@link NatWorker} takes the packet the general path, and calls {@link #next} again. Order within the batch is kept.
 *
 * <p>Without {@link Prefetch} the whole batch is one group, and its lines are brought near by loads and stores that overlap in
 * the processor's out-of-order window.
 *
 * <p>One for each worker.
 */
final class BatchPipeline {
    /** Packets in a group. */
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

    /** Hashes the whole batch and looks the first group up. Call it before {@link #next}. */
    void start(PacketBatch batch, long nowNanos) {
        batch.nextToForward = 0;
        batch.nextToFind = 0;
        final int size = batch.size();
        for (int from = 0; from < size; from += GROUP) {
            run(hash, batch, from, Math.min(from + GROUP, size), nowNanos);
        }
        findUpTo(batch, GROUP, nowNanos);
        for (int i = 0; i < AHEAD; i += Prefetch.LINES) {
            Prefetch.lines(batch.candidates, i);
        }
    }

    /** Forwards packets until one needs the general path, whose index is {@code batch.nextToForward}, or to the end. */
    void next(PacketBatch batch, long nowNanos) {
        final int size = batch.size();
        while (batch.nextToForward < size) {
            final int end = Math.min((batch.nextToForward / GROUP + 1) * GROUP, size);
            findUpTo(batch, end + GROUP, nowNanos);
            run(forward, batch, batch.nextToForward, end, nowNanos);
            if (batch.nextToForward < end) {
                return;
            }
        }
    }

    /** Looks up all packets that have not been looked up yet. */
    void findAll(PacketBatch batch, long nowNanos) {
        findUpTo(batch, batch.size(), nowNanos);
    }

    private void findUpTo(PacketBatch batch, int limit, long nowNanos) {
        final int to = Math.min(limit, batch.size());
        while (batch.nextToFind < to) {
            final int end = Math.min(batch.nextToFind + GROUP, batch.size());
            run(find, batch, batch.nextToFind, end, nowNanos);
            batch.nextToFind = end;
        }
    }

    /** The only call site of the steps: see {@link BatchStep}. */
    private static void run(BatchStep step, PacketBatch batch, int from, int to, long nowNanos) {
        step.run(batch, from, to, nowNanos);
    }
}
