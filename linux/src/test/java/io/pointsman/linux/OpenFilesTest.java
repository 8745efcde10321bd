package io.pointsman.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OpenFilesTest {
    @Test
    void shouldHaveAllThatTheHardLimitGivesWhenItWasRaised() throws IOException {
        final long limit = OpenFiles.raiseLimit();
        final String[] words = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .findFirst()
                .orElseThrow()
                .split("  +", -1);
        assertThat(words[1]).isEqualTo(words[2]).isEqualTo(Long.toString(limit));
    }

    @Test
    void shouldCountWhatIsOpen() throws IOException {
        final int before = OpenFiles.count();
        assertThat(before).isGreaterThan(2);
        try (InputStream _ = Files.newInputStream(Path.of("/proc/self/stat"));
                InputStream _ = Files.newInputStream(Path.of("/proc/self/stat"))) {
            assertThat(OpenFiles.count()).isGreaterThanOrEqualTo(2);
        }
    }
}
