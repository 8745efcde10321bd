package io.pointsman.examples.packetagent;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Datagrams from 10.1.0.2:1234 and fd00:1::2, with the checksums that a receiver expects. */
class HeadersTest {
    private static final String IPV4 = "4500001f000040004011XXXX0a0100020a600010" + "04d20035000bYYYY010203";
    private static final String IPV6 = "60000000000b1140" + "fd000001000000000000000000000002"
            + "fd000096000000000000000000000010" + "04d20035000bYYYY010203";

    /** Returns the one's complement sum of big-endian words; an odd last byte is followed by 0. */
    private static int sum(byte[] bytes, int from, int to) {
        int sum = 0;
        for (int i = from; i < to; i += 2) {
            sum += (bytes[i] & 0xFF) << 8 | (i + 1 < to ? bytes[i + 1] & 0xFF : 0);
        }
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }

    private static byte[] packet(boolean isIpv4, int checksum) {
        return HexFormat.of()
                .parseHex((isIpv4 ? IPV4 : IPV6)
                        .replace("XXXX", "26be") // the IP header's checksum, which does not matter here
                        .replace("YYYY", "%04x".formatted(checksum)));
    }

    private static int pseudo(byte[] packet, boolean isIpv4) {
        final int addresses = sum(packet, isIpv4 ? 12 : 8, isIpv4 ? 20 : 40);
        final int sum = addresses + 17 + 11;
        return (sum & 0xFFFF) + (sum >>> 16);
    }

    private static int correct(byte[] packet, boolean isIpv4) {
        final int transport = isIpv4 ? 20 : 40;
        final int sum = pseudo(packet, isIpv4) + sum(packet, transport, packet.length);
        return ~((sum & 0xFFFF) + (sum >>> 16)) & 0xFFFF;
    }

    private static byte[] finished(byte[] packet) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, packet);
            Headers.finishChecksum(memory.address(), packet.length);
            return memory.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void shouldFinishOnlyChecksumsThatWereBegun(boolean isIpv4) {
        final byte[] empty = packet(isIpv4, 0);
        final byte[] begun = packet(isIpv4, pseudo(empty, isIpv4));
        final byte[] correct = packet(isIpv4, correct(empty, isIpv4));
        final byte[] damaged = packet(isIpv4, correct(empty, isIpv4) ^ 1);

        assertThat(finished(begun)).isEqualTo(correct);
        assertThat(finished(correct)).isEqualTo(correct);
        assertThat(finished(damaged)).isEqualTo(damaged);
        assertThat(finished(empty)).isEqualTo(empty);
    }

    @ParameterizedTest
    @CsvSource({"true, 8, 10", "false, 7, -1"})
    void shouldCountHopsDownToOne(boolean isIpv4, int at, int checksumAt) {
        try (Arena arena = Arena.ofConfined()) {
            final byte[] before = packet(isIpv4, 0);
            final MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_BYTE, before);
            for (int hops = 63; hops >= 1; hops--) {
                assertThat(Headers.age(memory.address())).isTrue();
                assertThat(memory.get(ValueLayout.JAVA_BYTE, at)).isEqualTo((byte) hops);
            }
            assertThat(Headers.age(memory.address())).isFalse();
            assertThat(memory.get(ValueLayout.JAVA_BYTE, at)).isEqualTo((byte) 1);
            if (checksumAt > 0) {
                final byte[] after = memory.toArray(ValueLayout.JAVA_BYTE);
                assertThat(sum(after, 0, 20)).isEqualTo(sum(before, 0, 20));
            }
        }
    }
}
