package io.pointsman.nat;

import io.pointsman.packet.RejectBuilder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Native memory for replies to rejected packets, freed by the garbage collector with its owner. */
final class Answers {
    /** Bytes for each reply. */
    static final int ROOM = RejectBuilder.MAX_BYTES;

    private Answers() {}

    static MemorySegment allocate(int count) {
        return Arena.ofAuto().allocate((long) count * ROOM, 64);
    }

    static long addressOf(MemorySegment memory, long offset, int length) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("packets must be in native memory, not in " + memory);
        }
        Objects.checkFromIndexSize(offset, length, memory.byteSize());
        return memory.address() + offset;
    }
}
