package io.pointsman.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsReaderTest {
    private enum Way {
        SOUTH_BOUND,
        NORTH_BOUND
    }

    private static SettingsReader of(Map<String, String> settings) {
        return new SettingsReader(new BackendConfig(Path.of("unused"), settings));
    }

    @Test
    void shouldTakeWhatIsGivenAndDefaultsOtherwise() {
        final SettingsReader read = of(Map.of("tracks", " 4 ", "way", "north-bound", "halt", "PT90S"));

        assertThat(read.number("tracks", 2)).isEqualTo(4);
        assertThat(read.number("platforms", 2)).isEqualTo(2);
        assertThat(read.choice("way", Way.SOUTH_BOUND)).isEqualTo(Way.NORTH_BOUND);
        assertThat(read.choice("way-back", Way.SOUTH_BOUND)).isEqualTo(Way.SOUTH_BOUND);
        assertThat(read.value("halt", Duration.ZERO, Duration::parse)).isEqualTo(Duration.ofSeconds(90));
        read.requireNothingLeft();
    }

    @Test
    void shouldNameKeyAndValueAndWhatIsWrong() {
        final SettingsReader read = of(Map.of("tracks", "many", "way", "up", "halt", "soon"));

        assertThatThrownBy(() -> read.number("tracks", 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tracks \"many\" is not a whole number of at most 2147483647");
        assertThatThrownBy(() -> read.choice("way", Way.SOUTH_BOUND))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("way \"up\" is none of south-bound, north-bound");
        assertThatThrownBy(() -> read.value("halt", "", _ -> {
                    throw new IllegalArgumentException("is no time");
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("halt \"soon\" is no time");
    }

    @Test
    void shouldListWhatItKnowsWhenAKeyIsUnknown() {
        final SettingsReader read = of(Map.of("trucks", "4", "a", "b"));
        assertThat(read.number("tracks", 2)).isEqualTo(2);
        assertThat(read.number("platforms", 2)).isEqualTo(2);

        assertThatThrownBy(read::requireNothingLeft)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown setting [a, trucks]; known are platforms, tracks");
    }

    @Test
    void shouldHoldNumbersToTheirRange() {
        SettingsReader.requireRange("tracks", 1, 1, 4);
        SettingsReader.requireRange("tracks", 4, 1, 4);
        assertThatThrownBy(() -> SettingsReader.requireRange("tracks", 5, 1, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tracks 5 is not in 1..4");
    }
}
