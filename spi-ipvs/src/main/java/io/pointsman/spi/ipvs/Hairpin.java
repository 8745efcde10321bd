package io.pointsman.spi.ipvs;

import io.pointsman.model.IpFamily;

/**
 * Matches a packet whose source is its destination: an endpoint that was chosen for its own connection. iptables has no
 * match that compares two fields, so this is classic BPF over the IP header, written as {@code sock_filter}s: code, jump
 * if true, jump if false, constant.
 */
final class Hairpin {
    private static final int LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private static final int TO_X = 0x07; // BPF_MISC | BPF_TAX
    private static final int JUMP_EQUAL_X = 0x1D; // BPF_JMP | BPF_JEQ | BPF_X
    private static final int RETURN = 0x06; // BPF_RET | BPF_K
    private static final int WORD_BYTES = 4;

    private Hairpin() {}

    static String match(IpFamily family) {
        return switch (family) {
            case IPV4 -> match(12, 16, 1); // RFC 791, section 3.1
            case IPV6 -> match(8, 24, 4); // RFC 8200, section 3
        };
    }

    private static String match(int sourceOffset, int destinationOffset, int words) {
        final int length = 4 * words + 2;
        final StringBuilder code = new StringBuilder("-m bpf --bytecode \"").append(length);
        for (int i = 0; i < words; i++) {
            instruction(code, LOAD_WORD, 0, 0, sourceOffset + i * WORD_BYTES);
            instruction(code, TO_X, 0, 0, 0);
            instruction(code, LOAD_WORD, 0, 0, destinationOffset + i * WORD_BYTES);
            instruction(code, JUMP_EQUAL_X, 0, length - 1 - (4 * i + 4), 0); // else to the last one
        }
        instruction(code, RETURN, 0, 0, 1);
        instruction(code, RETURN, 0, 0, 0);
        return code.append("\" ").toString();
    }

    private static void instruction(StringBuilder text, int code, int ifTrue, int ifFalse, int constant) {
        text.append(',')
                .append(code)
                .append(' ')
                .append(ifTrue)
                .append(' ')
                .append(ifFalse)
                .append(' ')
                .append(constant);
    }
}
