package io.pointsman.nat;

import io.pointsman.packet.PacketView;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Packets to be processed together, so that the processor fetches their flows' memory at the same time. Filled, processed
 * and read by one thread; then {@link #clear} and again.
 */
public final class PacketBatch {
    /** Enough to keep a core's memory requests busy, and few enough to stay in its first cache. */
    public static final int DEFAULT_CAPACITY = 64;

    static final int MAX_CAPACITY = 1024;

    private static final Verdict[] VERDICTS = Verdict.values();
    private static final Reason[] REASONS = Reason.values();

    final long[] addresses;
    final int[] lengths;
    final long[] hashes;
    final long[] candidates; // slots that packets' flows may be in, one or either of two; first, words of the index
    int found; // packets that have candidates
    int next; // packet to be decided about
    final long[] originals; // slots for flows of first packets
    final long[] replies; // slots for what will answer first packets
    int firsts; // first packets that were decided about
    final long[] seconds; // slots that come into question where the likeliest is another flow's
    final long[] late; // slots of flows whose deadline is to be put off
    final PacketView[] views; // of packets of no known flow
    final Decision[] decisions; // about them, made ahead
    private final byte[] verdicts; // by index: storing a reference would cost the collector's barrier
    private final byte[] reasons;
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
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException("batch of " + capacity + " packets is not in 1.." + MAX_CAPACITY);
        }
        hashes = new long[capacity];
        candidates = new long[capacity + 2 * BatchPipeline.AHEAD];
        originals = new long[capacity];
        replies = new long[capacity + 2 * BatchPipeline.AHEAD];
        seconds = new long[capacity];
        late = new long[capacity];
        views = new PacketView[capacity];
        Arrays.setAll(views, _ -> new PacketView());
        decisions = new Decision[capacity];
        Arrays.setAll(decisions, _ -> new Decision());
        verdicts = new byte[capacity];
        reasons = new byte[capacity];
        Arrays.fill(verdicts, (byte) Verdict.PASS.index());
        Arrays.fill(reasons, (byte) Reason.NOT_OURS.index());
        addresses = new long[capacity];
        lengths = new int[capacity];
        answerLengths = new int[capacity];
        answerMemory = Answers.allocate(capacity);
        answers = answerMemory.address();
    }

    public int capacity() {
        return hashes.length;
    }

    public int size() {
        return size;
    }

    public void clear() {
        size = 0;
    }

    /**
     * Adds a packet, IP header first, by absolute address: its {@code length} bytes are native memory that the caller
     * vouches for until the batch is done with, and no other packet of the batch has them.
     *
     * @throws IndexOutOfBoundsException when the batch is full
     */
    public void add(long address, int length) {
        Objects.checkIndex(size, hashes.length);
        addresses[size] = address;
        lengths[size] = length;
        size++;
    }

    /**
     * Adds packets as a driver hands them over: as {@link #add(long, int)} does one by one, and quicker.
     *
     * @param packets absolute addresses, from index {@code from} on
     * @param bytes their lengths, likewise
     * @throws IndexOutOfBoundsException when they are more than there is room for, or than there are; none is added
     */
    public void addAll(long[] packets, int[] bytes, int from, int count) {
        Objects.checkFromIndexSize(size, count, verdicts.length);
        Objects.checkFromIndexSize(from, count, Math.min(packets.length, bytes.length));
        System.arraycopy(packets, from, addresses, size, count);
        System.arraycopy(bytes, from, lengths, size, count);
        size += count;
    }

    /**
     * As the other, checked against a native segment's bounds.
     *
     * @throws IllegalArgumentException when the segment is on the heap
     */
    public void add(MemorySegment memory, long offset, int length) {
        add(Answers.addressOf(memory, offset, length), length);
    }

    public Verdict verdict(int index) {
        return VERDICTS[verdicts[Objects.checkIndex(index, size)]];
    }

    public Reason reason(int index) {
        return REASONS[reasons[Objects.checkIndex(index, size)]];
    }

    /** Bytes of the answer to send to the sender of a rejected packet; 0 for none. */
    public int answerLength(int index) {
        return verdict(index) == Verdict.REJECT ? answerLengths[index] : 0;
    }

    /** The answer's bytes, until the batch is processed again. Allocates. */
    public MemorySegment answer(int index) {
        return answerMemory.asSlice((long) index * Answers.ROOM, answerLength(index));
    }

    long answerAddress(int index) {
        return answers + (long) index * Answers.ROOM;
    }

    /** What nearly all are; the others are set one by one. */
    void setAllEstablished() {
        Arrays.fill(verdicts, 0, size, (byte) Verdict.FORWARD.index());
        Arrays.fill(reasons, 0, size, (byte) Reason.ESTABLISHED.index());
    }

    void set(int index, Verdict verdict, Reason reason, int answerLength) {
        verdicts[index] = (byte) verdict.index();
        reasons[index] = (byte) reason.index();
        answerLengths[index] = answerLength;
    }
}
