package io.pointsman.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The table of Linux net/netfilter/nf_conntrack_proto_tcp.c ({@code tcp_conntracks}), fact by fact: a row for each direction and
 * segment, a column for each state in the kernel's order.
 */
class TcpStateTest {
    private static final List<String> STATES = List.of("NO", "SS", "SR", "ES", "FW", "CW", "LA", "TW", "CL", "S2");
    private static final int SYN = 2;
    private static final int ACK = 16;
    private static final int FIN = 1;
    private static final int RST = 4;

    @ParameterizedTest
    @CsvSource({
        "original, 2,  SS SS IG IG IG IG IG SS SS S2",
        "original, 18, IV IV SR IV IV IV IV IV IV SR",
        "original, 17, IV IV FW FW LA LA LA TW CL IV",
        "original, 16, ES IV ES ES CW CW TW TW CL IV",
        "original, 4,  IV CL CL CL CL CL CL CL CL CL",
        "reply,    2,  IV S2 IV IV IV IV IV SS IV S2",
        "reply,    18, IV SR IG IG IG IG IG IG IG SR",
        "reply,    17, IV IV FW FW LA LA LA TW CL IV",
        "reply,    16, IV IG SR ES CW CW TW TW CL IG",
        "reply,    4,  IV CL CL CL CL CL CL CL CL CL",
    })
    void shouldMoveAsLinuxDoes(String direction, int flags, String row) {
        final String[] next = row.split(" ", -1);
        for (int state = 0; state < STATES.size(); state++) {
            final int expected =
                    switch (next[state]) {
                        case "IV" -> TcpState.INVALID;
                        case "IG" -> TcpState.IGNORE;
                        default -> STATES.indexOf(next[state]);
                    };
            assertThat(TcpState.next(direction.equals("reply"), state, flags))
                    .as("%s segment %d in %s", direction, flags, STATES.get(state))
                    .isEqualTo(expected);
        }
    }

    @Test
    void shouldTakeOnlyFlagsThatATcpMaySend() {
        final List<Integer> valid = List.of(SYN, SYN | ACK, RST, RST | ACK, FIN | ACK, ACK);
        for (int flags = 0; flags < 256; flags++) {
            final int withoutPushUrgentAndCongestion = flags & ~0xE8;
            assertThat(TcpState.isValid(flags))
                    .as("flags %s", Integer.toBinaryString(flags))
                    .isEqualTo(valid.contains(withoutPushUrgentAndCongestion));
        }
    }
}
