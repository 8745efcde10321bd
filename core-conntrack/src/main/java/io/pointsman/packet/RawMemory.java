package io.pointsman.packet;

import java.nio.ByteOrder;
import org.agrona.UnsafeApi;

/**
 * Native memory by absolute address, without a bound: whoever calls has checked once that the bytes are his. That check is
 * made by the parser for a packet and by the table for its slots; after it, an access is one instruction. Agrona's door to
 * memory and not a {@link java.lang.foreign.MemorySegment}, whose own checks, however small, used up the compiler's inlining
 * budget before the packet path was through.
 *
 * <p>Plain values are read little-endian ("raw") whatever the machine; the {@code Be} accessors read network order. The
 * ordered accessors need an address divisible by 8.
 */
public final class RawMemory {
    private static final boolean SWAPS = ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN;

    private RawMemory() {}

    /** 0 to 255. */
    public static int getByte(long address) {
        return UnsafeApi.getByte(address) & 0xFF;
    }

    /** 0 to 65535. */
    public static int getShort(long address) {
        final short value = UnsafeApi.getShort(address);
        return (SWAPS ? Short.reverseBytes(value) : value) & 0xFFFF;
    }

    /** 0 to 65535, stored in network order. */
    public static int getShortBe(long address) {
        return Short.reverseBytes((short) getShort(address)) & 0xFFFF;
    }

    public static int getInt(long address) {
        final int value = UnsafeApi.getInt(address);
        return SWAPS ? Integer.reverseBytes(value) : value;
    }

    /** Stored in network order. */
    public static int getIntBe(long address) {
        return Integer.reverseBytes(getInt(address));
    }

    public static long getLong(long address) {
        final long value = UnsafeApi.getLong(address);
        return SWAPS ? Long.reverseBytes(value) : value;
    }

    public static void setByte(long address, int value) {
        UnsafeApi.putByte(address, (byte) value);
    }

    public static void setShort(long address, int value) {
        UnsafeApi.putShort(address, SWAPS ? Short.reverseBytes((short) value) : (short) value);
    }

    public static void setShortBe(long address, int value) {
        setShort(address, Short.reverseBytes((short) value));
    }

    public static void setInt(long address, int value) {
        UnsafeApi.putInt(address, SWAPS ? Integer.reverseBytes(value) : value);
    }

    public static void setIntBe(long address, int value) {
        setInt(address, Integer.reverseBytes(value));
    }

    public static void setLong(long address, long value) {
        UnsafeApi.putLong(address, SWAPS ? Long.reverseBytes(value) : value);
    }

    public static long getLongAcquire(long address) {
        return UnsafeApi.getLongAcquire(null, address);
    }

    public static long getLongOpaque(long address) {
        return UnsafeApi.getLongOpaque(null, address);
    }

    public static long getLongVolatile(long address) {
        return UnsafeApi.getLongVolatile(null, address);
    }

    public static void setLongRelease(long address, long value) {
        UnsafeApi.putLongRelease(null, address, value);
    }

    public static void setLongOpaque(long address, long value) {
        UnsafeApi.putLongOpaque(null, address, value);
    }

    public static void setLongVolatile(long address, long value) {
        UnsafeApi.putLongVolatile(null, address, value);
    }

    /** Volatile on both sides. */
    public static boolean compareAndSetLong(long address, long expected, long value) {
        return UnsafeApi.compareAndSetLong(null, address, expected, value);
    }

    public static void copy(long from, long to, int length) {
        UnsafeApi.copyMemory(from, to, length);
    }
}
