package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserspaceSettingsTest {
    @Test
    void shouldBeTheDefaultWhenNothingIsSet() throws Exception {
        assertThat(of(Map.of())).isEqualTo(UserspaceSettings.DEFAULT);
    }

    @Test
    void shouldReadDurationsAndSizes() throws Exception {
        final UserspaceSettings settings = of(Map.of(
                "connect-timeout", "1500ms",
                "drain-timeout", "2m",
                "udp-stream-timeout", "PT3M",
                "read-buffer-max", "64k",
                "write-buffer-high", "1m",
                "transport", "nio"));
        assertThat(settings.connectTimeout()).isEqualTo(Duration.ofMillis(1500));
        assertThat(settings.drainTimeout()).isEqualTo(Duration.ofMinutes(2));
        assertThat(settings.udpStreamTimeout()).isEqualTo(Duration.ofMinutes(3));
        assertThat(settings.readBufferMax()).isEqualTo(64 * 1024);
        assertThat(settings.writeBufferHigh()).isEqualTo(1024 * 1024);
        assertThat(settings.transport()).isEqualTo(UserspaceSettings.TransportKind.NIO);
    }

    @Test
    void shouldListTheKnownKeysWhenOneIsUnknown() {
        assertThatThrownBy(() -> of(Map.of("conect-timeout", "5s")))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("conect-timeout")
                .hasMessageContaining("event-loops, first-connect-timeout");
    }

    @ParameterizedTest
    @CsvSource({
        "event-loops, 0",
        "event-loops, many",
        "connect-timeout, soon",
        "connect-timeout, 0s",
        "first-connect-timeout, 1h",
        "transport, pigeon",
        "read-buffer-max, 1",
        "read-buffer-max, 4096m",
        "write-buffer-low, 2m",
        "udp-stream-timeout, 1s",
        "max-connections, -1",
        "drop-hold, -1s"
    })
    void shouldNameTheKeyWhenItsValueIsBad(String key, String value) {
        assertThatThrownBy(() -> of(Map.of(key, value)))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining(key);
    }

    private static UserspaceSettings of(Map<String, String> settings) throws BackendException {
        return UserspaceSettings.of(new BackendConfig(Path.of("unused"), settings));
    }
}
