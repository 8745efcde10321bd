package io.pointsman.nat;

import io.pointsman.conntrack.SlotCandidate;

/**
 * The packets of one family in a {@link PacketBatch}, in order, with the notes of {@link BatchPipeline} about them. Arrays
 * are indexed by number in the lane.
 */
final class BatchLane {
    private final long[] ownAddresses;
    private final int[] ownLengths;
    final int[] positions; // positions of the lane's packets in the batch; undefined if the lane is the whole batch

    long[] addresses; // the batch's array if all packets are of this family, else a copy
    int[] lengths;
    private boolean isWholeBatch;
    int size;
    int group; // packets that pass a step of the pipeline together
    int groupEnd; // end of the group that is being forwarded

    final long[] hashes;
    final long[] candidates; // after the hash step: addresses of index words; after the find step: SlotCandidates
    int nextToFind; // the first packet whose candidates have not been looked up yet
    int nextToForward; // the first packet without a verdict
    boolean isSpeculated; // decisions about first packets were made speculatively
    final long[] originalSlots; // slots that first packets' flows will likely take, for prefetching
    final long[] replySlots; // likewise for the reply direction
    int firstPackets; // number of first packets that were decided
    final long[] secondCandidates; // the second slots of the group's SlotCandidates, to prefetch
    final long[] overdueSlots; // slots whose deadline must be extended

    @SuppressWarnings("UnusedVariable") // keeps loads that only fill the cache from being optimized away
    long touched;

    BatchLane(int capacity) {
        ownAddresses = new long[capacity];
        ownLengths = new int[capacity];
        addresses = ownAddresses;
        lengths = ownLengths;
        positions = new int[capacity];
        hashes = new long[capacity];
        candidates = new long[capacity + 2 * BatchPipeline.AHEAD];
        originalSlots = new long[capacity];
        replySlots = new long[capacity + 2 * BatchPipeline.AHEAD];
        secondCandidates = new long[capacity];
        overdueSlots = new long[capacity];
    }

    /** Becomes the whole batch of {@code count} packets; an empty lane if 0. */
    void takeAll(long[] packets, int[] bytes, int count) {
        addresses = packets;
        lengths = bytes;
        isWholeBatch = true;
        begin(count);
    }

    /** Becomes the packets that {@link #put} wrote, {@code count} of them. */
    void takePut(int count) {
        addresses = ownAddresses;
        lengths = ownLengths;
        isWholeBatch = false;
        begin(count);
    }

    /** Writes a packet of the batch to an index in the lane; the next packet may overwrite it. */
    void put(int number, int position, long packet, int bytes) {
        positions[number] = position;
        ownAddresses[number] = packet;
        ownLengths[number] = bytes;
    }

    private void begin(int count) {
        size = count;
        group = BatchPipeline.group(count);
        groupEnd = group;
        nextToFind = 0;
        nextToForward = 0;
        firstPackets = 0;
        isSpeculated = false;
    }

    /** Position in the batch of the lane's n-th packet. */
    int position(int number) {
        return isWholeBatch ? number : positions[number];
    }

    /** Position in the batch of the lane's first packet without a verdict; {@link Integer#MAX_VALUE} if all have one. */
    int nextPosition() {
        return nextToForward == size ? Integer.MAX_VALUE : position(nextToForward);
    }

    /** Whether all packets are plain. Valid once they are hashed. */
    boolean isPlain() {
        final long[] all = hashes;
        long notPlain = 0;
        for (int i = 0; i < size; i++) { // a loop of its own, so that the compiler vectorizes it
            notPlain |= (all[i] - 1) & ~all[i]; // negative for NOT_PLAIN, which is 0
        }
        return notPlain >= 0;
    }

    /** Whether the n-th packet is plain and belongs to no flow. */
    boolean isFirstPacket(int number) {
        return SlotCandidate.isNone(candidates[number]) && hashes[number] != PlainPackets.NOT_PLAIN;
    }
}
