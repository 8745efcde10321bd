package io.pointsman.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Native memory by absolute address, without bounds checks: the parser has checked a packet's range, the table its slots',
 * and after that an access is one instruction.
 *
 * <p>Plain values are read little-endian ("raw") on any machine; the {@code Be} accessors read network order. The ordered
 * accessors need an address divisible by 8.
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

    // A mask that shows the compiler that an address is positive and far below the end of ALL.
    private static final long POINTER = Long.MAX_VALUE >>> 1;
    private static final long SLOT = POINTER & -8;
    private static final long LINE = POINTER & -64;

    private RawMemory() {}

    /**
     * Returns the same address in a form from which the compiler can tell that small offsets from it are in range. Accesses
     * through it cost one instruction; otherwise each is range-checked. For the few places that every packet passes.
     */
    public static long pointer(long address) {
        return address & POINTER;
    }

    /** Returns an address divisible by 8 as {@link #pointer} does, so that ordered accesses need no check either. */
    public static long slotPointer(long address) {
        return address & SLOT;
    }

    /** Returns the address of the cache line that contains an address, as {@link #slotPointer} does. */
    public static long linePointer(long address) {
        return address & LINE;
    }

    /** Reads a byte, 0 to 255. */
    public static int getByte(long address) {
        return (byte) BYTE.get(ALL, address) & 0xFF;
    }

    /** Reads two bytes, 0 to 65535. */
    public static int getShort(long address) {
        return (short) SHORT.get(ALL, address) & 0xFFFF;
    }

    /** Reads two bytes in network order, 0 to 65535. */
    public static int getShortBe(long address) {
        return Short.reverseBytes((short) SHORT.get(ALL, address)) & 0xFFFF;
    }

    public static int getInt(long address) {
        return (int) INT.get(ALL, address);
    }

    /** Reads four bytes in network order. */
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

    /** Sets a long if it has the expected value. Returns whether it did. Volatile read and write. */
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
