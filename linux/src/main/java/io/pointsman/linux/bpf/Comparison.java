package io.pointsman.linux.bpf;

/** Condition of a jump; numbers compare as unsigned 64 bits (RFC 9669, section 4.3). */
public enum Comparison {
    EQUAL(0x10),
    ABOVE(0x20),
    AT_LEAST(0x30),
    /** The numbers have a bit in common. */
    ANY_BIT(0x40),
    NOT_EQUAL(0x50),
    BELOW(0xA0),
    AT_MOST(0xB0);

    private final int code;

    Comparison(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
