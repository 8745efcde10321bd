package io.pointsman.testkit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailuresTest {
    private static ProbeResult resultOf(IOException failure) {
        return Failures.outcome("an answer", () -> {
            throw failure;
        });
    }

    @Test
    void shouldCallItARefusalWhenConnecting() {
        assertThat(resultOf(new ConnectException("Connection refused"))).isInstanceOf(ProbeResult.Refused.class);
    }

    @Test
    void shouldCallItARefusalWhenItIsToldOnlyAfterTheConnectionSeemedMade() {
        assertThat(resultOf(new IOException("Connection refused"))).isInstanceOf(ProbeResult.Refused.class);
    }

    @Test
    void shouldCallAResetARefusal() {
        assertThat(resultOf(new SocketException("Connection reset"))).isInstanceOf(ProbeResult.Refused.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Broken pipe", "No route to host"})
    void shouldCallOtherFailuresUnreachable(String failure) {
        assertThat(resultOf(new IOException(failure)))
                .isEqualTo(new ProbeResult.Unreachable("IOException: " + failure));
    }

    @Test
    void shouldNotCallTheEndOfAConnectionARefusal() {
        assertThat(resultOf(new EOFException("the server closed the connection")))
                .isInstanceOf(ProbeResult.Unreachable.class);
    }
}
