package io.pointsman.linux.netlink;

import io.pointsman.model.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A run of attributes inside a received message: a view, valid until the next receive. Looking one up walks the run; a
 * length that does not fit ends it. A getter for an attribute that is absent or too short returns what its javadoc says.
 */
public final class Attributes {
    private static final int TYPE_MASK = 0x3FFF;
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort BE16 = U16.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 = U32.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final MemorySegment ABSENT = MemorySegment.ofArray(new byte[0]);

    private final MemorySegment run;

    Attributes(MemorySegment run) {
        this.run = run;
    }

    /** Attributes as they lie one behind the other. */
    public static Attributes of(byte[] run) {
        return new Attributes(MemorySegment.ofArray(run));
    }

    /** The payload of an attribute of this type; of no bytes when there is none. */
    private MemorySegment payload(int type) {
        final MemorySegment found = find(type);
        return found == null ? ABSENT : found;
    }

    /** The last one counts, as it does to the kernel. */
    private @Nullable MemorySegment find(int type) {
        MemorySegment found = null;
        for (long at = 0; at + 4 <= run.byteSize(); ) {
            final int length = Short.toUnsignedInt(run.get(U16, at));
            if (length < 4 || at + length > run.byteSize()) {
                break;
            }
            if ((run.get(U16, at + 2) & TYPE_MASK) == type) {
                found = run.asSlice(at + 4, length - 4L);
            }
            at += (length + 3) & ~3;
        }
        return found;
    }

    public boolean has(int type) {
        return find(type) != null;
    }

    /** The attributes inside one; none when it is absent. */
    public Attributes nested(int type) {
        return new Attributes(payload(type));
    }

    /** The attributes inside one, behind a fixed part of this many bytes; none when it is absent or shorter. */
    public Attributes behind(int type, int fixedBytes) {
        final MemorySegment payload = payload(type);
        return new Attributes(payload.byteSize() < fixedBytes ? ABSENT : payload.asSlice(fixedBytes));
    }

    /** Every attribute of this run, each as a run of its own: for lists of nested ones, whatever their types. */
    public List<Attributes> elements() {
        final List<Attributes> elements = new ArrayList<>();
        for (long at = 0; at + 4 <= run.byteSize(); ) {
            final int length = Short.toUnsignedInt(run.get(U16, at));
            if (length < 4 || at + length > run.byteSize()) {
                break;
            }
            elements.add(new Attributes(run.asSlice(at + 4, length - 4L)));
            at += (length + 3) & ~3;
        }
        return elements;
    }

    public int u8(int type, int absent) {
        final MemorySegment payload = payload(type);
        return payload.byteSize() < 1 ? absent : Byte.toUnsignedInt(payload.get(ValueLayout.JAVA_BYTE, 0));
    }

    /** Host order, 0 to 65535. */
    public int u16(int type, int absent) {
        final MemorySegment payload = payload(type);
        return payload.byteSize() < 2 ? absent : Short.toUnsignedInt(payload.get(U16, 0));
    }

    /** Host order, all 32 bits. */
    public int u32(int type, int absent) {
        final MemorySegment payload = payload(type);
        return payload.byteSize() < 4 ? absent : payload.get(U32, 0);
    }

    /** Host order. */
    public long u64(int type, long absent) {
        final MemorySegment payload = payload(type);
        return payload.byteSize() < 8 ? absent : payload.get(U64, 0);
    }

    /** Network order, 0 to 65535. */
    public int be16(int type, int absent) {
        final MemorySegment payload = payload(type);
        return payload.byteSize() < 2 ? absent : Short.toUnsignedInt(payload.get(BE16, 0));
    }

    /** Network order, all 32 bits. */
    public int be32(int type, int absent) {
        final MemorySegment payload = payload(type);
        return payload.byteSize() < 4 ? absent : payload.get(BE32, 0);
    }

    /** Network order. */
    public long be64(int type, long absent) {
        final MemorySegment payload = payload(type);
        return payload.byteSize() < 8 ? absent : payload.get(BE64, 0);
    }

    /** Up to its first zero byte; empty text when absent. */
    public String text(int type) {
        final byte[] bytes = bytes(type);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** A copy; of no bytes when absent. */
    public byte[] bytes(int type) {
        return payload(type).toArray(ValueLayout.JAVA_BYTE);
    }

    /** An address of 4 or 16 bytes; empty when absent or of another length. */
    public Optional<IpAddress> address(int type) {
        final byte[] bytes = bytes(type);
        return bytes.length == 4 || bytes.length == 16 ? Optional.of(IpAddress.ofBytes(bytes)) : Optional.empty();
    }
}
