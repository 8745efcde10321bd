package io.pointsman.linux.bpf;

/**
 * A register of the BPF machine, 64 bits wide (RFC 9669, section 2.1). A call takes its arguments in R1 to R5, loses them, and
 * returns in R0; R6 to R9 are kept. R10 is the end of 512 bytes of stack, and can't be written.
 */
public enum Register {
    R0(0),
    R1(1),
    R2(2),
    R3(3),
    R4(4),
    R5(5),
    R6(6),
    R7(7),
    R8(8),
    R9(9),
    R10(10);

    private final int number;

    Register(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
