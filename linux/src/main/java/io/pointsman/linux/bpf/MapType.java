package io.pointsman.linux.bpf;

/** Kinds of maps (enum bpf_map_type). */
public enum MapType {
    /** Any key; all memory is allocated on creation. */
    HASH(1),
    ARRAY(2),
    /** Hash map like {@link #HASH}; when full, the least recently used entries make room. */
    LRU_HASH(9),
    /** Sockets of AF_XDP by queue; key and value have four bytes. */
    SOCKETS(17);

    private final int number;

    MapType(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
