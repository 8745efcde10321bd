package io.pointsman.linux.bpf;

/** Size of a load or store (RFC 9669, section 5). */
public enum Width {
    BYTE(0x10),
    /** Two bytes. */
    HALF(0x08),
    /** Four bytes. */
    WORD(0x00),
    /** Eight bytes. */
    DOUBLE(0x18);

    private final int code;

    Width(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
