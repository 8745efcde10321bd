package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;

/**
 * Match for packets whose source is their destination: those of an endpoint whose own connection was sent back to it. No
 * match of iptables compares two fields, so this is a classic BPF program over the IP header, in the kernel's
 * {@code sock_filter} form: code, jump if true, jump if false, constant.
 */
public final class HairpinMatch {
    private static final int WORD_BYTES = 4;
    private static final int INSTRUCTIONS_PER_WORD = 4;

    private HairpinMatch() {}

    /** Returns the match, with a blank at the end. */
    public static String of(IpFamily family) {
        return switch (family) {
            case IPV4 -> match(12, 1); // RFC 791, section 3.1
            case IPV6 -> match(8, 4); // RFC 8200, section 3
        };
    }

    /** Returns the match for a source address of {@code words} 4-byte words at this offset, followed by the destination. */
    private static String match(int sourceOffset, int words) {
        final int toMiss = words * INSTRUCTIONS_PER_WORD + 1;
        final StringBuilder program = new StringBuilder("-m bpf --bytecode \"").append(toMiss + 1);
        for (int word = 0; word < words; word++) {
            final int source = sourceOffset + word * WORD_BYTES;
            final int compare = word * INSTRUCTIONS_PER_WORD + 3;
            program.append(",32 0 0 ").append(source); // load word
            program.append(",7 0 0 0"); // to index register
            program.append(",32 0 0 ").append(source + words * WORD_BYTES);
            program.append(",29 0 ").append(toMiss - compare - 1).append(" 0"); // unless equal, to the miss
        }
        return program.append(",6 0 0 65535,6 0 0 0\" ").toString();
    }
}
