package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.agent.config.Setting;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CommandLineInterfaceTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void shouldListBackendsAsJsonWhenAsked() throws IOException {
        assertThat(run("backends", "--output", "json")).isZero();

        final JsonNode backends = new ObjectMapper().readTree(out.toByteArray()).get("backends");
        assertThat(backends).anySatisfy(backend -> {
            assertThat(backend.get("name").asText()).isEqualTo("userspace");
            assertThat(backend.get("available").asBoolean()).isTrue();
            assertThat(backend.get("reason").asText()).isNotEmpty();
        });
    }

    @Test
    void shouldListBackendsAsATableWhenNotTold() {
        assertThat(run("backends")).isZero();

        assertThat(text(out)).startsWith("NAME").contains("userspace");
    }

    @Test
    void shouldExplainEverySettingWhenAskedForHelp() {
        assertThat(run("run", "--help")).isZero();

        for (Setting setting : Setting.values()) {
            assertThat(text(out)).contains("--" + setting.key());
        }
    }

    @Test
    void shouldExplainItselfWhenNotUnderstood() {
        assertThat(run()).isEqualTo(2);
        assertThat(run("run", "--speed", "fast")).isEqualTo(2);
        assertThat(text(err)).contains("Say what to do", "'--speed'");
    }

    @Test
    void shouldNameKeyValueAndChoicesWhenAFlagIsWrong() {
        assertThat(run("run", "--sync-period", "soon")).isEqualTo(1);

        assertThat(text(err))
                .isEqualTo("pointsman: sync-period: \"soon\" is refused: not a duration such as 250ms, 5s, 2m or 1h;"
                        + " give DURATION\n");
    }

    private int run(String... arguments) {
        return CommandLineInterface.run(
                arguments,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
