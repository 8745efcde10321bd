package io.pointsman.linux.netlink;

import io.pointsman.model.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes one netlink message into a buffer: the header (16 bytes: length:u32, type:u16, flags:u16, sequence:u32, port:u32),
 * a fixed part, then attributes (length:u16, type:u16, payload padded to 4 bytes). Not thread-safe. A message that does not
 * fit raises {@link IndexOutOfBoundsException}.
 */
public final class MessageWriter {
    static final int HEADER_BYTES = 16;
    static final int FLAG_REQUEST = 1;
    static final int FLAG_ACK = 4;
    static final int FLAG_DUMP = 0x300;
    /** Flag: fail if the object exists. */
    public static final int FLAG_EXCL = 0x200;
    /** Flag: replace the object if it exists. */
    public static final int FLAG_REPLACE = 0x100;
    /** Flag: create the object if it does not exist. */
    public static final int FLAG_CREATE = 0x400;

    private static final int NESTED = 0x8000;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort BE16 = U16.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 = U32.withOrder(ByteOrder.BIG_ENDIAN);

    private final MemorySegment buffer;
    private int position;

    MessageWriter(MemorySegment buffer) {
        this.buffer = buffer;
    }

    /** Starts a message; the buffer's content is lost. */
    MessageWriter begin(int type, int flags) {
        buffer.asSlice(0, HEADER_BYTES).fill((byte) 0);
        buffer.set(U16, 4, (short) type);
        buffer.set(U16, 6, (short) (FLAG_REQUEST | flags));
        position = HEADER_BYTES;
        return this;
    }

    MemorySegment finish(int sequence, int moreFlags) {
        buffer.set(U32, 0, position);
        buffer.set(U16, 6, (short) (buffer.get(U16, 6) | moreFlags));
        buffer.set(U32, 8, sequence);
        return buffer.asSlice(0, position);
    }

    /** Bytes written so far, header included. */
    int length() {
        return position;
    }

    /** Completes the header of a finished message; its length includes padding. */
    static void seal(MemorySegment message, int sequence, int moreFlags) {
        message.set(U32, 0, (int) message.byteSize());
        message.set(U16, 6, (short) (message.get(U16, 6) | moreFlags));
        message.set(U32, 8, sequence);
    }

    /** Adds a number to the sequence numbers of messages; returns the number of messages. */
    static int renumber(MemorySegment messages, int added) {
        int count = 0;
        for (long at = 0; at < messages.byteSize(); at += (messages.get(U32, at) + 3) & ~3) {
            messages.set(U32, at + 8, messages.get(U32, at + 8) + added);
            count++;
        }
        return count;
    }

    /** Writes the next byte of the fixed part. */
    public MessageWriter u8(int value) {
        buffer.set(ValueLayout.JAVA_BYTE, position, (byte) value);
        position += 1;
        return this;
    }

    public MessageWriter u16(int value) {
        buffer.set(U16, position, (short) value);
        position += 2;
        return this;
    }

    public MessageWriter u32(int value) {
        buffer.set(U32, position, value);
        position += 4;
        return this;
    }

    /** Writes an attribute of one byte. */
    public MessageWriter attributeU8(int type, int value) {
        final int at = attribute(type, 1);
        buffer.set(ValueLayout.JAVA_BYTE, at, (byte) value);
        return this;
    }

    /** Writes an attribute of 16 bits in host order. */
    public MessageWriter attributeU16(int type, int value) {
        buffer.set(U16, attribute(type, 2), (short) value);
        return this;
    }

    /** Writes an attribute of 32 bits in host order. */
    public MessageWriter attributeU32(int type, int value) {
        buffer.set(U32, attribute(type, 4), value);
        return this;
    }

    /** Writes an attribute of 64 bits in host order. */
    public MessageWriter attributeU64(int type, long value) {
        buffer.set(U64, attribute(type, 8), value);
        return this;
    }

    /** Writes an attribute of 16 bits in network order. */
    public MessageWriter attributeBe16(int type, int value) {
        buffer.set(BE16, attribute(type, 2), (short) value);
        return this;
    }

    /** Writes an attribute of 32 bits in network order. */
    public MessageWriter attributeBe32(int type, int value) {
        buffer.set(BE32, attribute(type, 4), value);
        return this;
    }

    /** Writes an attribute of UTF-8 text with a terminating zero byte; the text must not contain one. */
    public MessageWriter attributeText(int type, String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a zero byte in \"" + text + "\"");
        }
        final int at = attribute(type, bytes.length + 1);
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, at, bytes.length);
        return this;
    }

    /** Writes an attribute of these bytes. */
    public MessageWriter attributeBytes(int type, byte[] bytes) {
        final int at = attribute(type, bytes.length);
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, at, bytes.length);
        return this;
    }

    /** Writes an attribute that contains consecutive attributes, which are written already. */
    public MessageWriter attributeNested(int type, byte[] run, int length) {
        final int at = attribute(type | NESTED, length);
        MemorySegment.copy(run, 0, buffer, ValueLayout.JAVA_BYTE, at, length);
        return this;
    }

    /** Writes an attribute of 4 or 16 bytes: an address. */
    public MessageWriter attributeAddress(int type, IpAddress address) {
        return attributeBytes(type, address.toBytes());
    }

    /** Starts an attribute that contains attributes, or a fixed part and attributes; {@link #endNested} ends it. */
    public int beginNested(int type) {
        final int start = position;
        attribute(type | NESTED, 0);
        return start;
    }

    /** Starts a nested attribute as {@link #beginNested} does, for those that the kernel expects without the nested bit. */
    public int beginUnmarked(int type) {
        final int start = position;
        attribute(type, 0);
        return start;
    }

    /** Ends the attribute that began at this offset. */
    public MessageWriter endNested(int start) {
        buffer.set(U16, start, (short) (position - start));
        return this;
    }

    /** Writes an attribute's header and clears its payload and padding; returns the offset of the payload. */
    private int attribute(int type, int payloadBytes) {
        final int padded = (payloadBytes + 3) & ~3;
        buffer.set(U16, position, (short) (4 + payloadBytes));
        buffer.set(U16, position + 2L, (short) type);
        buffer.asSlice(position + 4L, padded).fill((byte) 0);
        final int payload = position + 4;
        position = payload + padded;
        return payload;
    }
}
