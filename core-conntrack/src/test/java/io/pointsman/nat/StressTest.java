package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Runs every jcstress test of this module in a process of its own, briefly. {@code -Dpointsman.stress.millis=} gives each of
 * them longer; {@code -Dpointsman.stress.tests=} picks some by regular expression.
 */
class StressTest {
    private static final String MILLIS = System.getProperty("pointsman.stress.millis", "200");
    private static final String TESTS = System.getProperty("pointsman.stress.tests", "io.pointsman.*Stress.*");
    private static final Pattern RESULTS = Pattern.compile(
            "\\(Results: (\\d+) planned; (\\d+) passed, (\\d+) failed, (\\d+) soft errs, (\\d+) hard errs\\)");

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void shouldSeeNoForbiddenOutcomeWhenThreadsRace() throws IOException, InterruptedException {
        final Path directory = Files.createDirectories(Path.of("target", "jcstress"));
        final Path log = directory.resolve("log.txt");
        final Process process = new ProcessBuilder(command())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            process.waitFor();
        } finally {
            process.destroyForcibly();
        }
        final String output = Files.readString(log, StandardCharsets.UTF_8);
        final List<MatchResult> progress = RESULTS.matcher(output).results().toList();
        assertThat(progress).as(output).isNotEmpty();
        final MatchResult last = progress.getLast();
        assertThat(last.group(2)).as(output).isEqualTo(last.group(1)).isNotEqualTo("0");
        assertThat(List.of(last.group(3), last.group(4), last.group(5)))
                .as(output)
                .containsOnly("0");
    }

    private static List<String> command() {
        final String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                "org.openjdk.jcstress.Main",
                "-t",
                TESTS,
                "-c",
                "2",
                "-f",
                "1",
                "-fsm",
                "1",
                "-iters",
                "1",
                "-time",
                MILLIS,
                "-sc",
                "false",
                "-af",
                "NONE",
                "-v",
                "-r",
                "report",
                "-jvmArgs",
                "-Xmx256m -XX:+IgnoreUnrecognizedVMOptions --enable-native-access=ALL-UNNAMED");
    }
}
