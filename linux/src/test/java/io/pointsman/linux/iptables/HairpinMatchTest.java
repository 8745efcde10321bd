package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpFamily;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runs the program as classic BPF runs (Documentation/networking/filter.rst), with the few instructions that it has. */
class HairpinMatchTest {
    private static final int SOURCE_IPV4 = 12;
    private static final int SOURCE_IPV6 = 8;

    private static boolean matches(IpFamily family, byte[] header) {
        final String match = HairpinMatch.of(family);
        assertThat(match).startsWith("-m bpf --bytecode \"").endsWith("\" ");
        final List<int[]> program = new ArrayList<>();
        for (String instruction : match.split("\"", 3)[1].split(",", -1)) {
            program.add(Arrays.stream(instruction.split(" ", -1))
                    .mapToInt(Integer::parseInt)
                    .toArray());
        }
        assertThat(program.removeFirst()).as("the number of those that follow").containsExactly(program.size());
        int accumulator = 0;
        int index = 0;
        for (int at = 0; ; at++) {
            final int[] instruction = program.get(at);
            switch (instruction[0]) {
                case 0x20 -> accumulator = word(header, instruction[3]); // load a word of the packet
                case 0x07 -> index = accumulator;
                case 0x1D -> at += accumulator == index ? instruction[1] : instruction[2];
                case 0x06 -> {
                    return instruction[3] != 0;
                }
                default -> throw new AssertionError("unknown instruction " + instruction[0]);
            }
        }
    }

    private static int word(byte[] bytes, int offset) {
        int word = 0;
        for (int i = 0; i < 4; i++) {
            word = word << 8 | (bytes[offset + i] & 0xFF);
        }
        return word;
    }

    private static byte[] header(int sourceOffset, int addressBytes) {
        final byte[] header = new byte[40];
        for (int i = 0; i < addressBytes; i++) {
            header[sourceOffset + i] = (byte) (i + 1);
            header[sourceOffset + addressBytes + i] = (byte) (i + 1);
        }
        return header;
    }

    @Test
    void shouldMatchWhenSourceIsDestinationAndNotWhenAnyByteDiffers() {
        for (IpFamily family : IpFamily.values()) {
            final int bytes = family.bits() / 8;
            final int source = family == IpFamily.IPV4 ? SOURCE_IPV4 : SOURCE_IPV6;
            assertThat(matches(family, header(source, bytes))).as("%s", family).isTrue();
            for (int i = 0; i < 2 * bytes; i++) {
                final byte[] other = header(source, bytes);
                other[source + i] ^= (byte) 0x80;
                assertThat(matches(family, other)).as("%s, byte %d", family, i).isFalse();
            }
        }
    }
}
