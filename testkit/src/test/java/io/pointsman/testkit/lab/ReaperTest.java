package io.pointsman.testkit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LabExtension.class)
class ReaperTest {
    private static final int POLLS = 600;
    private static final long POLL_MILLIS = 50;

    @Test
    void shouldLeaveNothingWhenTheTestIsKilled() throws Exception {
        final Process test = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AbandonedLab.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final long program;
        try (BufferedReader output = test.inputReader()) {
            program = Long.parseLong(output.readLine());
            assertThat(leftBy(test)).hasSize(2);
            assertThat(isAlive(program)).isTrue();
        } finally {
            test.destroyForcibly();
        }
        assertThat(test.waitFor(1, TimeUnit.MINUTES)).isTrue();
        // no lab is opened meanwhile, as it would clean up too
        for (int i = 0; i < POLLS && (!leftBy(test).isEmpty() || isAlive(program)); i++) {
            Thread.sleep(POLL_MILLIS);
        }
        assertThat(leftBy(test)).isEmpty();
        assertThat(isAlive(program)).isFalse();
    }

    private static List<String> leftBy(Process test) throws IOException {
        return NetworkNamespace.names().stream()
                .filter(name -> name.startsWith(Janitor.prefix(test.pid())))
                .toList();
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
