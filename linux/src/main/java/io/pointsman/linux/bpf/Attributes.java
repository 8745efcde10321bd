package io.pointsman.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Commands and attributes of bpf(2): union bpf_attr of include/uapi/linux/bpf.h, all bytes not set are 0. */
final class Attributes {
    static final int MAP_CREATE = 0;
    static final int MAP_LOOKUP = 1;
    static final int MAP_UPDATE = 2;
    static final int MAP_DELETE = 3;
    static final int PROGRAM_LOAD = 5;
    static final int PROGRAM_RUN = 10;
    static final int LINK_CREATE = 28;

    private static final int BYTES = 144;

    private Attributes() {}

    static MemorySegment allocate(Arena arena) {
        return arena.allocate(BYTES, Long.BYTES);
    }

    /** Writes a name, at most 15 bytes, at an offset: letters, digits, '_' and '.'. */
    static void name(MemorySegment attributes, long offset, String name) {
        if (!name.matches("[A-Za-z0-9_.]{1,15}")) {
            throw new IllegalArgumentException("\"" + name + "\" is no name for a BPF object");
        }
        attributes.setString(offset, name);
    }
}
