package io.pointsman.linux.netlink;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** A received message: a view, valid until the next receive. Offsets count from the end of the netlink header. */
public final class NetlinkMessage {
    static final int TYPE_ERROR = 2;
    static final int TYPE_DONE = 3;
    static final int FLAG_MULTI = 2;
    static final int FLAG_DUMP_INTERRUPTED = 0x10;
    static final int FLAG_CAPPED = 0x100;
    static final int FLAG_ACK_TLVS = 0x200;

    private static final int HEADER_BYTES = MessageWriter.HEADER_BYTES;
    private static final int ATTRIBUTE_TEXT = 1;
    private static final int ATTRIBUTE_OFFSET = 2;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;

    private final MemorySegment message;

    /** Wraps a message with its header, of the length that the header says. */
    NetlinkMessage(MemorySegment message) {
        this.message = message;
    }

    public int type() {
        return Short.toUnsignedInt(message.get(U16, 4));
    }

    int flags() {
        return Short.toUnsignedInt(message.get(U16, 6));
    }

    /** Whether an event has a flag, for instance that its object is new ({@link MessageWriter#FLAG_CREATE}). */
    public boolean hasFlag(int flag) {
        return (flags() & flag) != 0;
    }

    int sequence() {
        return message.get(U32, 8);
    }

    /** Netlink port of the process that caused it, 0 for the kernel itself. */
    public int port() {
        return message.get(U32, 12);
    }

    public int u8(int offset) {
        return Byte.toUnsignedInt(message.get(ValueLayout.JAVA_BYTE, HEADER_BYTES + (long) offset));
    }

    public int u16(int offset) {
        return Short.toUnsignedInt(message.get(U16, HEADER_BYTES + (long) offset));
    }

    public int u32(int offset) {
        return message.get(U32, HEADER_BYTES + (long) offset);
    }

    /** Attributes after a fixed part of this many bytes, a multiple of 4. */
    public Attributes attributes(int fixedBytes) {
        final long start = HEADER_BYTES + (long) fixedBytes;
        return new Attributes(
                start > message.byteSize() ? message.asSlice(message.byteSize()) : message.asSlice(start));
    }

    /** Error number of an error message, positive; 0 for an acknowledgement. */
    int errorNumber() {
        return message.byteSize() < HEADER_BYTES + 4 ? 0 : -message.get(U32, HEADER_BYTES);
    }

    /** Text of an error message (NLMSGERR_ATTR_MSG); empty for none. */
    String errorText() {
        return more().map(attributes -> attributes.text(ATTRIBUTE_TEXT)).orElse("");
    }

    /** Offset in the request of the attribute that an error message is about (NLMSGERR_ATTR_OFFS); 0 if unknown. */
    int errorAttributeAt() {
        return more().map(attributes -> attributes.u32(ATTRIBUTE_OFFSET, 0)).orElse(0);
    }

    private Optional<Attributes> more() {
        if (!hasFlag(FLAG_ACK_TLVS)) {
            return Optional.empty();
        }
        final boolean isDone = type() == TYPE_DONE;
        final int requestBytes = isDone ? 0 : hasFlag(FLAG_CAPPED) ? HEADER_BYTES : u32(4);
        final int fixed = 4 + ((requestBytes + 3) & ~3);
        return fixed < 0 ? Optional.empty() : Optional.of(attributes(fixed));
    }
}
