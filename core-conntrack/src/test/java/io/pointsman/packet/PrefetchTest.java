package io.pointsman.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PrefetchTest {
    private static final long[] UNREADABLE = {0, -1, 1L << 62, 0xDEAD_BEEF_0000L};

    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void shouldBeAvailableUnlessItIsRefused() {
        assertThat(Prefetch.isAvailable()).isEqualTo(!"false".equals(System.getProperty("pointsman.prefetch")));
    }

    @Test
    void shouldLeaveMemoryAsItIs() {
        try (Arena arena = Arena.ofConfined()) {
            final long lines = arena.allocate(4 * 64, 64).address();
            for (int i = 0; i < 4 * 64; i++) {
                RawMemory.setByte(lines + i, i);
            }
            for (int round = 0; round < 20_000; round++) { // interpreted first, then compiled
                Prefetch.lines(lines, lines + 64, lines + 128, lines + 192 + 63);
                Prefetch.pair(lines + 63);
            }
            for (int i = 0; i < 4 * 64; i++) {
                assertThat(RawMemory.getByte(lines + i)).isEqualTo(i);
            }
        }
    }

    @Test
    void shouldNotMindAddressesThatCannotBeRead() {
        for (int round = 0; round < 20_000; round++) { // a fault would end the virtual machine
            Prefetch.lines(0, -1, 1L << 62, 0xDEAD_BEEF_0000L);
            Prefetch.pairs(UNREADABLE, 0);
        }
    }
}
