package io.pointsman.linux.nftables;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Buffer for consecutive requests in one growing array, which is kept when cleared: a transaction is one datagram, sometimes
 * of many megabytes, and its elements are written without an object for each. Not thread-safe.
 */
final class RequestBuffer {
    private static final boolean IS_LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final VarHandle U32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle BE16 = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle BE32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle BE64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int FLAG_REQUEST = 1;
    private static final int NESTED = 0x8000;
    private static final int MAX_ATTRIBUTE_BYTES = 0xFFFF;

    private byte[] bytes;
    private int position;
    private int messageStart;

    RequestBuffer(int bytes) {
        this.bytes = new byte[bytes];
    }

    byte[] array() {
        return bytes;
    }

    int length() {
        return position;
    }

    void clear() {
        position = 0;
    }

    /** Starts a message: nlmsghdr, then nfgenmsg (family:u8, version:u8, resource:be16). */
    RequestBuffer begin(int type, int flags, int family, int resource) {
        reserve(20);
        messageStart = position;
        U32.set(bytes, position, 0);
        setU16(position + 4, type);
        setU16(position + 6, FLAG_REQUEST | flags);
        U32.set(bytes, position + 8, 0);
        U32.set(bytes, position + 12, 0);
        bytes[position + 16] = (byte) family;
        bytes[position + 17] = 0;
        BE16.set(bytes, position + 18, (short) resource);
        position += 20;
        return this;
    }

    /** Ends the message and sets its sequence number. */
    void end(int sequence) {
        U32.set(bytes, messageStart, position - messageStart);
        U32.set(bytes, messageStart + 8, sequence);
    }

    /** Length in bytes of the message so far. */
    int messageLength() {
        return position - messageStart;
    }

    /** Drops everything after a length. */
    void truncate(int length) {
        position = length;
    }

    /** Overwrites a number at an offset, in network order. */
    void setBe32(int at, int value) {
        BE32.set(bytes, at, value);
    }

    int u16At(int at) {
        final int first = Byte.toUnsignedInt(bytes[at]);
        final int second = Byte.toUnsignedInt(bytes[at + 1]);
        return IS_LITTLE_ENDIAN ? second << 8 | first : first << 8 | second;
    }

    /**
     * Writes 16 bits byte by byte: every attribute has them, and a handle is slow until it is JIT-compiled, when a first
     * load is over.
     */
    private void setU16(int at, int value) {
        bytes[at] = (byte) (IS_LITTLE_ENDIAN ? value : value >>> 8);
        bytes[at + 1] = (byte) (IS_LITTLE_ENDIAN ? value >>> 8 : value);
    }

    /** Adds flags to the message that begins at an offset. */
    void flag(int start, int flags) {
        setU16(start + 6, u16At(start + 6) | flags);
    }

    void unflag(int start, int flags) {
        setU16(start + 6, u16At(start + 6) & ~flags);
    }

    private void reserve(int more) {
        if (position + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(position + more, Math.addExact(bytes.length, bytes.length)));
        }
    }

    /** Writes an attribute's header and clears its padding; returns the offset of the payload. */
    private int attribute(int type, int payloadBytes) {
        final int padded = (payloadBytes + 3) & ~3;
        reserve(4 + padded);
        setU16(position, 4 + payloadBytes);
        setU16(position + 2, type);
        final int payload = position + 4;
        position = payload + padded;
        for (int i = payload + payloadBytes; i < position; i++) {
            bytes[i] = 0;
        }
        return payload;
    }

    RequestBuffer u8(int type, int value) {
        final int at = attribute(type, 1);
        bytes[at] = (byte) value;
        return this;
    }

    RequestBuffer be16(int type, int value) {
        final int at = attribute(type, 2);
        BE16.set(bytes, at, (short) value);
        return this;
    }

    RequestBuffer be32(int type, int value) {
        final int at = attribute(type, 4);
        BE32.set(bytes, at, value);
        return this;
    }

    RequestBuffer be64(int type, long value) {
        final int at = attribute(type, 8);
        BE64.set(bytes, at, value);
        return this;
    }

    /** Writes a text attribute with a terminating zero byte. */
    RequestBuffer text(int type, String text) {
        final byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        final int at = attribute(type, encoded.length + 1);
        System.arraycopy(encoded, 0, bytes, at, encoded.length);
        bytes[at + encoded.length] = 0;
        return this;
    }

    RequestBuffer octets(int type, byte[] from) {
        return octets(type, from, 0, from.length);
    }

    RequestBuffer octets(int type, byte[] from, int start, int length) {
        final int at = attribute(type, length);
        System.arraycopy(from, start, bytes, at, length);
        return this;
    }

    /** Begins an attribute that contains attributes; {@link #endNested} ends it. */
    int beginNested(int type) {
        return attribute(type | NESTED, 0) - 4;
    }

    void endNested(int start) {
        final int length = position - start;
        if (length > MAX_ATTRIBUTE_BYTES) {
            throw new IllegalArgumentException("an attribute of " + length + " bytes, not at most 65535");
        }
        setU16(start, length);
    }
}
