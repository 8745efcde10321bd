package io.pointsman.nat;

import io.pointsman.conntrack.SlotCandidate;

/**
 * The packets of one family in a {@link PacketBatch}, in their order, and what {@link BatchPipeline} notes about them. Arrays are by
 * number in the lane.
 */
final class BatchLane {
    private final long[] ownAddresses;
    private final int[] ownLengths;
    final int[] positions; // of the lane's packets in the batch; meaningless where the lane is the whole batch

    long[] addresses; // the batch's where all of it is of this family, else a copy
    int[] lengths;
    private boolean isWholeBatch;
    int size;

    final long[] hashes;
    final long[] candidates; // after the hash step: addresses of index words; after the find step: SlotCandidates
    int nextToFind; // the first packet whose candidates are not looked up yet
    int nextToForward; // the first packet without a verdict
    boolean isSpeculated; // decisions about first packets have been made ahead
    final long[] originalSlots; // slots that first packets' flows will likely take, for prefetching
    final long[] replySlots; // likewise for the reply direction
    int firstPackets; // number of first packets that were decided
    final long[] secondCandidates; // the second slots of the group's SlotCandidates, to be prefetched
    final long[] overdueSlots; // slots whose deadline must be extended

    @SuppressWarnings("UnusedVariable") // keeps loads that only bring memory near from being optimized away
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

    /** Becomes the whole batch of {@code count} packets; none of it for 0. */
    void takeAll(long[] packets, int[] bytes, int count) {
        addresses = packets;
        lengths = bytes;
        isWholeBatch = true;
        begin(count);
    }

    /** Becomes the packets that {@link #put} was called for. */
    void takePut(int count) {
        addresses = ownAddresses;
        lengths = ownLengths;
        isWholeBatch = false;
        begin(count);
    }

    /** Writes a packet of the batch to a place in the lane; the next packet may go to the same place. */
    void put(int number, int position, long packet, int bytes) {
        positions[number] = position;
        ownAddresses[number] = packet;
        ownLengths[number] = bytes;
    }

    private void begin(int count) {
        size = count;
        nextToFind = 0;
        nextToForward = 0;
        firstPackets = 0;
        isSpeculated = false;
    }

    /** Where in the batch the lane's n-th packet is. */
    int position(int number) {
        return isWholeBatch ? number : positions[number];
    }

    /** Where in the batch the first packet without a verdict is; {@link Integer#MAX_VALUE} if all have one. */
    int nextPosition() {
        return nextToForward == size ? Integer.MAX_VALUE : position(nextToForward);
    }

    /** Whether all packets are plain, once they are hashed. */
    boolean isPlain() {
        final long[] all = hashes;
        long notPlain = 0;
        for (int i = 0; i < size; i++) { // a loop by itself is one that the compiler makes vector instructions of
            notPlain |= (all[i] - 1) & ~all[i]; // negative for NOT_PLAIN, which is 0
        }
        return notPlain >= 0;
    }

    /** Whether the n-th packet is plain, and of no flow. */
    boolean isFirstPacket(int number) {
        return SlotCandidate.isNone(candidates[number]) && hashes[number] != PlainPackets.NOT_PLAIN;
    }
}
