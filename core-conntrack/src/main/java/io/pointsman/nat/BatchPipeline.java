package io.pointsman.nat;

import io.pointsman.conntrack.FlowTable;
import io.pointsman.packet.Prefetch;

/**
 * Software pipeline for batches of packets: overlaps the cache misses of many packets with each other and with work.
 *
 * <h2>Why</h2>
 *
 * With a million flows neither the index nor the slots fit into a cache, so each packet waits for main memory twice, one
 * load after the other: index word, then slot. If packets are processed one by one, a core spends most of its time waiting,
 * although it can have some twenty loads outstanding at once. The remedy is group prefetching (Chen, Ailamaki, Gibbons and
 * Mowry, "Improving Hash Join Performance through Prefetching", ICDE 2004), as in packet frameworks such as VPP and DPDK: do
 * one step for a whole group of packets, request the memory that each will need in the next step, and go on with another
 * group while the requests are outstanding.
 *
 * <h2>How</h2>
 *
 * The packets of each family are a lane ({@link BatchLane}). A lane passes three steps ({@link BatchStep}), in groups of about {@value #AHEAD} packets:
 *
 * <pre>
 *   hash      parse, hash the tuple                     prefetch the index word
 *   find      compare tags in the index word            prefetch the candidate slot
 *   forward   compare the key, translate in place       prefetch the next group's candidate slots
 *
 *   time ──►  hash g0  hash g1  hash g2 …  find g0  find g1  forward g0  find g2  forward g1 …
 * </pre>
 *
 * When a step touches a cache line, the line was requested a whole group's work earlier. Only the forward step verifies
 * anything: a candidate is a guess, and {@link PlainPackets#forward} validates it as any look-up does.
 *
 * <p>Packets that the fast path cannot take (first packets, fragments, ICMP, state changes) interrupt the forward step:
 * {@link #next} returns, {@link NatWorker} processes the packet on the general path, and calls {@link #next} again. Order is
 * kept within a lane, and among all packets that take the general path. Order between the lanes does not matter: a packet
 * forwarded here changes only its own flow's counters and deadline, which no packet of the other family reads.
 *
 * <p>Without {@link Prefetch} the whole batch is one group; plain loads and stores, which overlap in the core's out-of-order
 * window, bring its lines into the cache.
 *
 * <p>One for each worker and family.
 */
final class BatchPipeline {
    /** Packets in a group, about: {@link #group}. */
    static final int AHEAD = 16;

    private static final int MAX_GROUP = Prefetch.isAvailable() ? AHEAD : PacketBatch.MAX_CAPACITY;

    private final boolean isIpv6;
    private final BatchStep hash;
    private final BatchStep find;
    private final BatchStep forward;

    BatchPipeline(FlowTable table, PlainIpv4 plain) {
        isIpv6 = false;
        hash = new BatchStep.HashIpv4(table, plain);
        find = new BatchStep.Find(table);
        forward = new BatchStep.ForwardIpv4(table, plain);
    }

    BatchPipeline(FlowTable table, PlainIpv6 plain) {
        isIpv6 = true;
        hash = new BatchStep.HashIpv6(table, plain);
        find = new BatchStep.Find(table);
        forward = new BatchStep.ForwardIpv6(table, plain);
    }

    /**
     * Packets in each of the groups of a lane of {@code size}: about {@value #AHEAD}, and about as many in the last as in the others, for
     * a group of a few packets leaves no time for what is asked for.
     */
    static int group(int size) {
        final int groups = Math.max(1, (size + MAX_GROUP / 2) / MAX_GROUP);
        return (size + groups - 1) / groups;
    }

    /** Hashes the whole lane. */
    void hash(BatchLane lane, long nowNanos) {
        final int size = lane.size;
        for (int from = 0; from < size; from += lane.group) {
            run(hash, lane, from, Math.min(from + lane.group, size), nowNanos);
        }
    }

    /** Looks up the first group. Call it before {@link #next}. */
    void findFirst(BatchLane lane, long nowNanos) {
        final int group = lane.group;
        findUpTo(lane, group, nowNanos);
        for (int i = 0; i < group; i += Prefetch.LINES) {
            prefetchSlots(lane.candidates, i);
        }
    }

    /**
     * Forwards packets until one needs the general path, whose number is then {@code lane.nextToForward}, or all are done.
     */
    void next(BatchLane lane, long nowNanos) {
        nextUpTo(lane, lane.size, nowNanos);
    }

    /** Processes a lane as {@link #next} does, except its last group. */
    void nextButLast(BatchLane lane, long nowNanos) {
        nextUpTo(lane, lane.size - lane.group, nowNanos);
    }

    private void nextUpTo(BatchLane lane, int limit, long nowNanos) {
        while (lane.nextToForward < limit) {
            if (lane.nextToForward >= lane.groupEnd) {
                lane.groupEnd += lane.group;
            }
            final int end = Math.min(lane.groupEnd, lane.size);
            findUpTo(lane, end + lane.group, nowNanos);
            run(forward, lane, lane.nextToForward, end, nowNanos);
            if (lane.nextToForward < end) {
                return;
            }
        }
    }

    /** Looks up all packets that have not been looked up yet. */
    void findAll(BatchLane lane, long nowNanos) {
        findUpTo(lane, lane.size, nowNanos);
    }

    /** Prefetches {@value Prefetch#LINES} slots of the family. */
    void prefetchSlots(long[] slots, int from) {
        if (isIpv6) {
            Prefetch.pairs(slots, from);
        } else {
            Prefetch.lines(slots, from);
        }
    }

    private void findUpTo(BatchLane lane, int limit, long nowNanos) {
        final int to = Math.min(limit, lane.size);
        while (lane.nextToFind < to) {
            final int end = Math.min(lane.nextToFind + lane.group, lane.size);
            run(find, lane, lane.nextToFind, end, nowNanos);
            lane.nextToFind = end;
        }
    }

    /** Runs a step; the only call site of the steps, see {@link BatchStep}. */
    private static void run(BatchStep step, BatchLane lane, int from, int to, long nowNanos) {
        step.run(lane, from, to, nowNanos);
    }
}
