package io.pointsman.nat;

import io.pointsman.nat.policy.Decision;
import io.pointsman.packet.PacketView;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/**
 * Packets to be processed together, so that their cache misses overlap ({@link BatchPipeline}). One thread fills it, has it
 * processed by {@link NatWorker}, reads the verdicts, and clears it for the next packets.
 */
public final class PacketBatch {
    /**
     * Default capacity in packets: enough to keep a core's outstanding loads busy, few enough for the batch to stay in its
     * L1 cache.
     */
    public static final int DEFAULT_CAPACITY = 64;

    static final int MAX_CAPACITY = 1024;

    private static final Verdict[] VERDICTS = Verdict.values();
    private static final Reason[] REASONS = Reason.values();

    final long[] addresses;
    final int[] lengths;
    final BatchLane ipv4; // also packets of neither family
    final BatchLane ipv6;
    final PacketView[] views; // parsed headers of first packets
    final Decision[] decisions; // speculative decisions about first packets
    private final byte[] verdicts; // as indexes: storing a reference would cost a GC barrier
    private final byte[] reasons;
    private final int[] answerLengths;
    private final long answers; // address of answerMemory
    private final MemorySegment answerMemory; // room for one reply per packet
    private int size;

    public PacketBatch() {
        this(DEFAULT_CAPACITY);
    }

    /**
     * Creates an empty batch.
     *
     * @param capacity 1 to 1024 packets
     */
    public PacketBatch(int capacity) {
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException("batch of " + capacity + " packets is not in 1.." + MAX_CAPACITY);
        }
        ipv4 = new BatchLane(capacity);
        ipv6 = new BatchLane(capacity);
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
        return verdicts.length;
    }

    public int size() {
        return size;
    }

    public void clear() {
        size = 0;
    }

    /**
     * Adds a packet that starts with its IP header.
     *
     * @param address absolute address of native memory, which is not checked. Valid until the batch is cleared, and
     *     different for each packet of the batch
     * @param length bytes at the address
     * @throws IndexOutOfBoundsException when the batch is full
     */
    public void add(long address, int length) {
        Objects.checkIndex(size, verdicts.length);
        addresses[size] = address;
        lengths[size] = length;
        size++;
    }

    /**
     * Adds several packets as {@link #add(long, int)} does, faster.
     *
     * @param packets absolute addresses, from index {@code from} on
     * @param bytes lengths, from index {@code from} on
     * @throws IndexOutOfBoundsException when the batch lacks room for {@code count} packets or the arrays are shorter; none
     *     is added
     */
    public void addAll(long[] packets, int[] bytes, int from, int count) {
        Objects.checkFromIndexSize(size, count, verdicts.length);
        Objects.checkFromIndexSize(from, count, Math.min(packets.length, bytes.length));
        System.arraycopy(packets, from, addresses, size, count);
        System.arraycopy(bytes, from, lengths, size, count);
        size += count;
    }

    /**
     * Adds a packet in a native segment, checked against the segment's bounds.
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

    /** Length in bytes of the reply (TCP RST or ICMP error) to a rejected packet; 0 if there is none. */
    public int answerLength(int index) {
        return verdict(index) == Verdict.REJECT ? answerLengths[index] : 0;
    }

    /** Bytes of the reply, valid until the batch is processed again. Allocates. */
    public MemorySegment answer(int index) {
        return answerMemory.asSlice((long) index * Answers.ROOM, answerLength(index));
    }

    long answerAddress(int index) {
        return answers + (long) index * Answers.ROOM;
    }

    /** Puts each packet into its family's lane. */
    void split() {
        int narrow = 0;
        int wide = 0;
        for (int i = 0;
                i < size;
                i++) { // writes to both lanes and goes on in one: the family, as a branch, could not be predicted
            final long packet = addresses[i];
            final int bytes = lengths[i];
            ipv4.put(narrow, i, packet, bytes);
            ipv6.put(wide, i, packet, bytes);
            final int isWide = PlainIpv6.isIpv6(packet, bytes);
            wide += isWide;
            narrow += 1 - isWide;
        }
        ipv4.takePut(narrow);
        ipv6.takePut(wide);
    }

    /** Puts all packets into one lane. */
    void takeAs(boolean isIpv6) {
        ipv4.takeAll(addresses, lengths, isIpv6 ? 0 : size);
        ipv6.takeAll(addresses, lengths, isIpv6 ? size : 0);
    }

    /** Presets the most frequent outcome; other outcomes are set one by one. */
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
