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

    /** A copy. */
    public static Bytes of(byte[] bytes) {
        return new Bytes(bytes.clone());
    }

    /** Without a copy: of an array that nobody changes. */
    static Bytes wrap(byte[] bytes) {
        return new Bytes(bytes);
    }

    /** One byte: a protocol's number, 0 to 255. */
    public static Bytes u8(int value) {
        return new Bytes(new byte[] {(byte) value});
    }

    /** Two bytes in network order: a port, 0 to 65535. */
    public static Bytes be16(int value) {
        return new Bytes(new byte[] {(byte) (value >>> 8), (byte) value});
    }

    /** Four bytes in network order. */
    public static Bytes be32(int value) {
        final byte[] bytes = new byte[4];
        BE_INT.set(bytes, 0, value);
        return new Bytes(bytes);
    }

    /** Four bytes in the host's order: marks, interface indexes, connection states, what {@code numgen} and hashes yield. */
    public static Bytes host32(int value) {
        final byte[] bytes = new byte[4];
        NATIVE_INT.set(bytes, 0, value);
        return new Bytes(bytes);
    }

    /** 4 or 16 bytes. */
    public static Bytes address(IpAddress address) {
        return new Bytes(address.toBytes());
    }

    /**
     * The name of an interface, as the kernel compares them: 16 bytes, filled with zeros.
     *
     * @throws IllegalArgumentException when it is longer than 15 bytes
     */
    public static Bytes interfaceName(String name) {
        final byte[] text = name.getBytes(StandardCharsets.UTF_8);
        if (text.length > 15) {
            throw new IllegalArgumentException("an interface name of " + text.length + " bytes, not at most 15");
        }
        return new Bytes(Arrays.copyOf(text, 16));
    }

    /** Parts of a concatenation, each filled with zeros to a multiple of 4, as they lie in registers one after another. */
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

    /** Those from one place to another; the end is not among them. */
    public Bytes slice(int from, int to) {
        return new Bytes(Arrays.copyOfRange(bytes, from, to));
    }

    public int length() {
        return bytes.length;
    }

    /** The byte at a place, 0 to 255. */
    public int at(int index) {
        return Byte.toUnsignedInt(bytes[index]);
    }

    /** The 16 bits at a place, in network order. */
    public int be16At(int index) {
        return at(index) << 8 | at(index + 1);
    }

    /** The 32 bits at a place, in the host's order. */
    public int host32At(int index) {
        return (int) NATIVE_INT.get(bytes, index);
    }

    /** The address of 4 or 16 bytes at a place. */
    public IpAddress addressAt(int index, int length) {
        return IpAddress.ofBytes(Arrays.copyOfRange(bytes, index, index + length));
    }

    /** A copy. */
    public byte[] toArray() {
        return bytes.clone();
    }

    /** The array itself, not to be changed. */
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
     * Of four bytes at a time, mixed as MurmurHash3 does: addresses and ports that follow each other, which is what tables are
     * full of, come to few values by {@link Arrays#hashCode(byte[])}.
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

    /** Hexadecimal. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
