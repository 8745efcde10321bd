package io.pointsman.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Native memory by absolute address, without a bound: the caller has bounds-checked the range. That check is
 * made by the parser for a packet and by the table for its slots; after it, an access is one instruction.
 *
 * <p>Plain values are read little-endian ("raw") whatever the machine; the {@code Be} accessors read network order. The
 * ordered accessors need an address divisible by 8.
 */
public final class RawMemory {
    @SuppressWarnings("restricted") // absolute addresses are what this class is for
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
    private static final VarHandle SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();
    private static final VarHandle ORDERED = ValueLayout.JAVA_LONG.varHandle();

    // An address of which the compiler knows that it is positive and far below the end of ALL.
    private static final long POINTER = Long.MAX_VALUE >>> 1;
    private static final long SLOT = POINTER & -8;
    private static final long LINE = POINTER & -64;

    private RawMemory() {}

    /**
     * The same address, in a form from which the compiler can tell that small offsets from it are in range: accesses through
     * it then cost one instruction, where otherwise each is checked. Worth it for the few places that every packet passes.
     */
    public static long pointer(long address) {
        return address & POINTER;
    }

    /** As {@link #pointer} for one divisible by 8, so that ordered accesses to it need no check either. */
    public static long slotPointer(long address) {
        return address & SLOT;
    }

    /** As {@link #slotPointer}, for the cache line that the address is in. */
    public static long linePointer(long address) {
        return address & LINE;
    }

    /** 0 to 255. */
    public static int getByte(long address) {
        return (byte) BYTE.get(ALL, address) & 0xFF;
    }

    /** 0 to 65535. */
    public static int getShort(long address) {
        return (short) SHORT.get(ALL, address) & 0xFFFF;
    }

    /** 0 to 65535, stored in network order. */
    public static int getShortBe(long address) {
        return Short.reverseBytes((short) SHORT.get(ALL, address)) & 0xFFFF;
    }

    public static int getInt(long address) {
        return (int) INT.get(ALL, address);
    }

    /** Stored in network order. */
    public static int getIntBe(long address) {
        return Integer.reverseBytes((int) INT.get(ALL, address));
    }

    public static long getLong(long address) {
        return (long) LONG.get(ALL, address);
    }

    public static void setByte(long address, int value) {
        BYTE.set(ALL, address, (byte) value);
    }

    public static void setShort(long address, int value) {
        SHORT.set(ALL, address, (short) value);
    }

    public static void setShortBe(long address, int value) {
        SHORT.set(ALL, address, Short.reverseBytes((short) value));
    }

    public static void setInt(long address, int value) {
        INT.set(ALL, address, value);
    }

    public static void setIntBe(long address, int value) {
        INT.set(ALL, address, Integer.reverseBytes(value));
    }

    public static void setLong(long address, long value) {
        LONG.set(ALL, address, value);
    }

    public static long getLongAcquire(long address) {
        return (long) ORDERED.getAcquire(ALL, address);
    }

    public static long getLongOpaque(long address) {
        return (long) ORDERED.getOpaque(ALL, address);
    }

    public static long getLongVolatile(long address) {
        return (long) ORDERED.getVolatile(ALL, address);
    }

    public static void setLongRelease(long address, long value) {
        ORDERED.setRelease(ALL, address, value);
    }

    public static void setLongOpaque(long address, long value) {
        ORDERED.setOpaque(ALL, address, value);
    }

    public static void setLongVolatile(long address, long value) {
        ORDERED.setVolatile(ALL, address, value);
    }

    /** Volatile on both sides. */
    public static boolean compareAndSetLong(long address, long expected, long value) {
        return ORDERED.compareAndSet(ALL, address, expected, value);
    }

    public static void copy(long from, long to, int length) {
        MemorySegment.copy(ALL, from, ALL, to, length);
    }

    public static void fill(long address, long length, int value) {
        ALL.asSlice(address, length).fill((byte) value);
    }
}
