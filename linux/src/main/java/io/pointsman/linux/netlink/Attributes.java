package io.pointsman.linux.netlink;

import io.pointsman.model.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A run of attributes in a received message: a view, valid until the next receive. A look-up walks the run; an attribute
 * whose length does not fit ends it. If an attribute is absent or too short, a getter returns the value that its javadoc
 * names.
 */
public final class Attributes {
    private static final int TYPE_MASK = 0x3FFF;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort BE16 = U16.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 = U32.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int NOT_THERE = -1;

    private final MemorySegment memory;
    private final long start;
    private final long end;

    Attributes(MemorySegment run) {
        this(run, 0, run.byteSize());
    }

    private Attributes(MemorySegment memory, long start, long end) {
        this.memory = memory;
        this.start = start;
        this.end = end;
    }

    /** Attributes in an array. */
    public static Attributes of(byte[] run) {
        return new Attributes(MemorySegment.ofArray(run));
    }

    /** Receives the attributes of a run, in order. */
    public interface Visitor {
        /**
         * Receives an attribute.
         *
         * @param type without its flags
         * @param payload the attributes inside it, if any
         */
        void visit(int type, Attributes payload);
    }

    /** Offset of the last attribute of a type, which is the one the kernel uses, too. */
    private long find(int type) {
        long found = NOT_THERE;
        for (long at = start; at + 4 <= end; ) {
            final int length = lengthAt(at);
            if (length < 4 || at + length > end) {
                break;
            }
            if ((memory.get(U16, at + 2) & TYPE_MASK) == type) {
                found = at;
            }
            at += (length + 3) & ~3;
        }
        return found;
    }

    private int lengthAt(long at) {
        return Short.toUnsignedInt(memory.get(U16, at));
    }

    /** Offset of an attribute's payload, if that has at least this many bytes. */
    private long payload(int type, int bytes) {
        final long at = find(type);
        return at == NOT_THERE || lengthAt(at) - 4 < bytes ? NOT_THERE : at + 4;
    }

    public boolean has(int type) {
        return find(type) != NOT_THERE;
    }

    /** Attributes inside an attribute; none if it is absent. */
    public Attributes nested(int type) {
        return behind(type, 0);
    }

    /** Attributes inside an attribute, after a fixed part of this many bytes; none if it is absent or shorter. */
    public Attributes behind(int type, int fixedBytes) {
        final long at = find(type);
        return at == NOT_THERE || lengthAt(at) - 4 < fixedBytes
                ? new Attributes(memory, end, end)
                : new Attributes(memory, at + 4 + fixedBytes, at + lengthAt(at));
    }

    /** Visits each attribute. */
    public void forEach(Visitor visitor) {
        for (long at = start; at + 4 <= end; ) {
            final int length = lengthAt(at);
            if (length < 4 || at + length > end) {
                break;
            }
            visitor.visit(memory.get(U16, at + 2) & TYPE_MASK, new Attributes(memory, at + 4, at + length));
            at += (length + 3) & ~3;
        }
    }

    /** All attributes of this run, each as a run of its own: for lists of nested attributes, whatever their types. */
    public List<Attributes> elements() {
        final List<Attributes> elements = new ArrayList<>();
        forEach((_, payload) -> elements.add(payload));
        return elements;
    }

    /** Offset of an attribute's payload from the message's first attribute; -1 if it is absent. */
    public int at(int type) {
        final long at = find(type);
        return at == NOT_THERE ? NOT_THERE : (int) at + 4;
    }

    /** Copy of the run's bytes. */
    public byte[] bytes() {
        final byte[] bytes = new byte[(int) (end - start)];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, start, bytes, 0, bytes.length);
        return bytes;
    }

    /** Whether the run consists of exactly these bytes. */
    public boolean isEqual(byte[] run) {
        return end - start == run.length
                && MemorySegment.mismatch(memory, start, end, MemorySegment.ofArray(run), 0, run.length) == NOT_THERE;
    }

    /** Whether an attribute's payload consists of exactly these bytes of an array. */
    public boolean isEqual(int type, byte[] bytes, int from, int length) {
        final long at = find(type);
        if (at == NOT_THERE || lengthAt(at) - 4 != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (memory.get(ValueLayout.JAVA_BYTE, at + 4 + i) != bytes[from + i]) {
                return false;
            }
        }
        return true;
    }

    public int u8(int type, int absent) {
        final long at = payload(type, 1);
        return at == NOT_THERE ? absent : Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, at));
    }

    /** Returns 16 bits in host order, 0 to 65535. */
    public int u16(int type, int absent) {
        final long at = payload(type, 2);
        return at == NOT_THERE ? absent : Short.toUnsignedInt(memory.get(U16, at));
    }

    /** Returns 32 bits in host order. */
    public int u32(int type, int absent) {
        final long at = payload(type, 4);
        return at == NOT_THERE ? absent : memory.get(U32, at);
    }

    /** Returns 64 bits in host order. */
    public long u64(int type, long absent) {
        final long at = payload(type, 8);
        return at == NOT_THERE ? absent : memory.get(U64, at);
    }

    /** Returns 16 bits in network order, 0 to 65535. */
    public int be16(int type, int absent) {
        final long at = payload(type, 2);
        return at == NOT_THERE ? absent : Short.toUnsignedInt(memory.get(BE16, at));
    }

    /** Returns 32 bits in network order. */
    public int be32(int type, int absent) {
        final long at = payload(type, 4);
        return at == NOT_THERE ? absent : memory.get(BE32, at);
    }

    /** Returns 64 bits in network order. */
    public long be64(int type, long absent) {
        final long at = payload(type, 8);
        return at == NOT_THERE ? absent : memory.get(BE64, at);
    }

    /** Returns text up to the first zero byte; empty if absent. */
    public String text(int type) {
        return text(bytes(type));
    }

    /** Returns the text of an attribute that contains text and no attributes, up to the first zero byte. */
    public String text() {
        return text(memory.asSlice(start, end - start).toArray(ValueLayout.JAVA_BYTE));
    }

    private static String text(byte[] bytes) {
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Returns a copy of the payload; no bytes if absent. */
    public byte[] bytes(int type) {
        final long at = find(type);
        if (at == NOT_THERE) {
            return new byte[0];
        }
        final byte[] bytes = new byte[lengthAt(at) - 4];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at + 4, bytes, 0, bytes.length);
        return bytes;
    }

    /** Returns an address of 4 or 16 bytes; empty if absent or of another length. */
    public Optional<IpAddress> address(int type) {
        final byte[] bytes = bytes(type);
        return bytes.length == 4 || bytes.length == 16 ? Optional.of(IpAddress.ofBytes(bytes)) : Optional.empty();
    }
}
