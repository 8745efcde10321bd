package io.pointsman.nat;

import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.packet.PacketView;
import io.pointsman.packet.RawMemory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Packets to be processed together, so that the processor fetches their flows' memory at the same time. Filled, processed
 * and read by one thread; then {@link #clear} and again.
 */
public final class PacketBatch {
    /** Enough to keep a core's memory requests busy, and few enough to stay in its first cache. */
    public static final int DEFAULT_CAPACITY = 32;

    final PacketView[] views;
    final long[] hashes;
    final long[] candidates; // slots that packets' flows may be in
    final Verdict[] verdicts;
    final Reason[] reasons;
    private final long[] addresses;
    private final int[] lengths;
    private final int[] answerLengths;
    private final long answers; // native, of the worker: one answer's room for each packet
    private final MemorySegment answerMemory; // holds it
    private int size;

    @SuppressWarnings("UnusedVariable") // keeps the reads that only fetch memory from being left out
    long touched;

    public PacketBatch() {
        this(DEFAULT_CAPACITY);
    }

    /** @param capacity 1 to 1024 packets */
    public PacketBatch(int capacity) {
        if (capacity < 1 || capacity > 1024) {
            throw new IllegalArgumentException("batch of " + capacity + " packets is not in 1..1024");
        }
        views = new PacketView[capacity];
        Arrays.setAll(views, _ -> new PacketView());
        hashes = new long[capacity];
        candidates = new long[capacity];
        verdicts = new Verdict[capacity];
        reasons = new Reason[capacity];
        Arrays.fill(verdicts, Verdict.PASS);
        Arrays.fill(reasons, Reason.NOT_OURS);
        addresses = new long[capacity];
        lengths = new int[capacity];
        answerLengths = new int[capacity];
        answerMemory = Answers.allocate(capacity);
        answers = answerMemory.address();
    }

    public int capacity() {
        return views.length;
    }

    public int size() {
        return size;
    }

    public void clear() {
        size = 0;
    }

    /**
     * Adds a packet, IP header first, by absolute address: its {@code length} bytes are native memory that the caller
     * vouches for until the batch is done with.
     *
     * @throws IndexOutOfBoundsException when the batch is full
     */
    public void add(long address, int length) {
        Objects.checkIndex(size, views.length);
        addresses[size] = address;
        lengths[size] = length;
        size++;
    }

    /**
     * As the other, checked against a native segment's bounds.
     *
     * @throws IllegalArgumentException when the segment is on the heap
     */
    public void add(MemorySegment memory, long offset, int length) {
        add(Answers.addressOf(memory, offset, length), length);
    }

    long address(int index) {
        return addresses[index];
    }

    int length(int index) {
        return lengths[index];
    }

    public Verdict verdict(int index) {
        return verdicts[Objects.checkIndex(index, size)];
    }

    public Reason reason(int index) {
        return reasons[Objects.checkIndex(index, size)];
    }

    /** Bytes of the answer to send to the sender of a rejected packet; 0 for none. */
    public int answerLength(int index) {
        return answerLengths[Objects.checkIndex(index, size)];
    }

    /** The answer's bytes, until the batch is processed again. Allocates. */
    public MemorySegment answer(int index) {
        return answerMemory.asSlice((long) index * Answers.ROOM, answerLength(index));
    }

    long answerAddress(int index) {
        return answers + (long) index * Answers.ROOM;
    }

    void setAnswerLength(int index, int length) {
        answerLengths[index] = length;
    }

    /** Reads each packet's first bytes, whose misses then overlap. */
    void touchPackets() {
        long seen = 0;
        for (int i = 0; i < size; i++) {
            seen ^= lengths[i] > 0 ? RawMemory.getByte(addresses[i]) : 0;
        }
        touched = seen;
    }

    /** Reads the slots that the packets' flows may be in. */
    void touchCandidates() {
        long seen = 0;
        for (int i = 0; i < size; i++) {
            final long candidate = candidates[i];
            seen ^= candidate != FlowCursor.NONE ? FlowTable.touch(candidate) : 0;
        }
        touched = seen;
    }
}
