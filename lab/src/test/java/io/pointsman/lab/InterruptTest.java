package io.pointsman.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterruptTest {
    @Test
    void shouldTellThatItIsIgnoredWhenAScriptStartsTheProgramInTheBackground() throws IOException {
        final Process script = new ProcessBuilder("sh", "-c", "cat /proc/self/status & wait").start();
        try (BufferedReader lines = script.inputReader()) {
            assertThat(Interrupt.isIgnored(lines.lines().toList())).isTrue();
        }
    }

    @Test
    void shouldTellThatItIsHeededWhenOtherSignalsAreIgnored() throws IOException {
        assertThat(Interrupt.isIgnored(
                        List.of("Name:\tjava", "SigIgn:\t0000000080001005", "SigCgt:\t0000000000000002")))
                .isFalse();
    }
}
