package io.pointsman.linux.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class MarkedProcessesTest {
    private static final int SCANS = 300;
    private static final String OWNER = "POINTSMAN_TEST_OWNER";
    private static final String MARK = "POINTSMAN_TEST_MARK";

    @TempDir
    private Path folder;

    /** Uses a process whose /proc/PID/environ reads as empty while it executes a program. */
    @Test
    void shouldFindAProcessWhileItExecutesAnotherProgram() throws IOException, InterruptedException {
        final Path script = Files.writeString(folder.resolve("again.sh"), "exec sh \"$0\"\n");
        final ProcessBuilder builder = new ProcessBuilder("sh", script.toString()).inheritIO();
        builder.environment().put(OWNER, folder.toString());
        builder.environment().put(MARK, "7");
        final Process process = builder.start();
        try {
            for (int i = 0; i < SCANS; i++) {
                final List<MarkedProcesses.Found> found = MarkedProcesses.find(OWNER + "=" + folder, MARK);

                assertThat(found)
                        .as("scan %s", i)
                        .singleElement()
                        .satisfies(one -> assertThat(one.value()).isEqualTo("7"))
                        .satisfies(one -> assertThat(one.process().pid()).isEqualTo(process.pid()));
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
