package io.pointsman.linux.nftables;

import io.pointsman.model.IpAddress;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** A value as it lies in registers, sets and packets. Immutable, compared by value. */
public final class Bytes {
    private static final VarHandle NATIVE_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle BE_INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;

    private Bytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Copies an array. */
    public static Bytes of(byte[] bytes) {
        return new Bytes(bytes.clone());
    }

    /** Wraps an array that nothing will change. */
    static Bytes wrap(byte[] bytes) {
        return new Bytes(bytes);
    }

    /** Value of one byte: a protocol number, 0 to 255. */
    public static Bytes u8(int value) {
        return new Bytes(new byte[] {(byte) value});
    }

    /** Value of two bytes in network order: a port, 0 to 65535. */
    public static Bytes be16(int value) {
        return new Bytes(new byte[] {(byte) (value >>> 8), (byte) value});
    }

    /** Value of four bytes in network order. */
    public static Bytes be32(int value) {
        final byte[] bytes = new byte[4];
        BE_INT.set(bytes, 0, value);
        return new Bytes(bytes);
    }

    /**
     * Value of four bytes in host order: marks, interface indexes, connection states, results of {@code numgen} and hashes.
     */
    public static Bytes host32(int value) {
        final byte[] bytes = new byte[4];
        NATIVE_INT.set(bytes, 0, value);
        return new Bytes(bytes);
    }

    /** Value of 4 or 16 bytes: an address. */
    public static Bytes address(IpAddress address) {
        return new Bytes(address.toBytes());
    }

    /**
     * Value of 16 bytes, padded with zeros: the name of an interface, as the kernel compares it.
     *
     * @throws IllegalArgumentException when the name is longer than 15 bytes
     */
    public static Bytes interfaceName(String name) {
        final byte[] text = name.getBytes(StandardCharsets.UTF_8);
        if (text.length > 15) {
            throw new IllegalArgumentException("an interface name of " + text.length + " bytes, not at most 15");
        }
        return new Bytes(Arrays.copyOf(text, 16));
    }

    /** Concatenation of parts, each padded with zeros to a multiple of 4 bytes, as they lie in consecutive registers. */
    public static Bytes concatenated(Bytes... parts) {
        int length = 0;
        for (Bytes part : parts) {
            length += (part.bytes.length + 3) & ~3;
        }
        final byte[] all = new byte[length];
        int at = 0;
        for (Bytes part : parts) {
            System.arraycopy(part.bytes, 0, all, at, part.bytes.length);
            at += (part.bytes.length + 3) & ~3;
        }
        return new Bytes(all);
    }

    /** Returns the bytes from one index to another, exclusive. */
    public Bytes slice(int from, int to) {
        return new Bytes(Arrays.copyOfRange(bytes, from, to));
    }

    public int length() {
        return bytes.length;
    }

    /** Returns the byte at an index, 0 to 255. */
    public int at(int index) {
        return Byte.toUnsignedInt(bytes[index]);
    }

    /** Returns the 16 bits at an index, in network order. */
    public int be16At(int index) {
        return at(index) << 8 | at(index + 1);
    }

    /** Returns the 32 bits at an index, in host order. */
    public int host32At(int index) {
        return (int) NATIVE_INT.get(bytes, index);
    }

    /** Returns the address of 4 or 16 bytes at an index. */
    public IpAddress addressAt(int index, int length) {
        return IpAddress.ofBytes(Arrays.copyOfRange(bytes, index, index + length));
    }

    /** Returns a copy of the bytes. */
    public byte[] toArray() {
        return bytes.clone();
    }

    /** Returns the array itself, which must not be changed. */
    byte[] array() {
        return bytes;
    }

    @Override
    public boolean equals(@Nullable Object object) {
        return object instanceof Bytes other && Arrays.equals(bytes, other.bytes);
    }

    @Override
    public int hashCode() {
        return hash(bytes);
    }

    /**
     * Hashes four bytes at a time, mixed as in MurmurHash3. Tables are full of consecutive addresses and ports, for which
     * {@link Arrays#hashCode(byte[])} yields few values.
     */
    static int hash(byte[] bytes) {
        int hash = bytes.length;
        int at = 0;
        for (; at + 4 <= bytes.length; at += 4) {
            hash = Integer.rotateLeft(hash ^ mixed((int) NATIVE_INT.get(bytes, at)), 13) * 5 + 0xE654_6B64;
        }
        for (; at < bytes.length; at++) {
            hash = Integer.rotateLeft(hash ^ mixed(bytes[at]), 13) * 5 + 0xE654_6B64;
        }
        hash = (hash ^ hash >>> 16) * 0x85EB_CA6B;
        hash = (hash ^ hash >>> 13) * 0xC2B2_AE35;
        return hash ^ hash >>> 16;
    }

    private static int mixed(int word) {
        return Integer.rotateLeft(word * 0xCC9E_2D51, 15) * 0x1B87_3593;
    }

    /** Returns the bytes in hexadecimal. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
