package io.pointsman.linux.backend;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LastingFaultsTest {
    private final LastingFaults faults = new LastingFaults();

    @Test
    void shouldBeNewOnceUntilSolved() {
        assertThat(faults.add("IPv4", "no space")).isTrue();
        assertThat(faults.add("IPv4", "no space")).isFalse();
        assertThat(faults.add("IPv6", "no space")).isTrue();

        faults.solved("IPv4");

        assertThat(faults.add("IPv4", "no space")).isTrue();
        assertThat(faults.add("IPv6", "no space")).isFalse();
    }

    @Test
    void shouldBeNewWithEachNewReason() {
        assertThat(faults.add("IPv4", "no space")).isTrue();
        assertThat(faults.add("IPv4", "read-only")).isTrue();
        assertThat(faults.add("IPv4", "no space")).isTrue();
    }
}
