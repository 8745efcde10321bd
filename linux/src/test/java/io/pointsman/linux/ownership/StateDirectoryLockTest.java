package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryLockTest {
    @TempDir
    private Path parent;

    @Test
    void shouldBeKnownUntilTheLastIsClosed() throws IOException {
        final Path folder = parent.resolve("state").resolve("iptables");
        assertThat(StateDirectoryLock.of(folder)).isEmpty();
        final StateDirectoryLock first = StateDirectoryLock.announce(folder);
        try (StateDirectoryLock _ = StateDirectoryLock.announce(folder)) {
            assertThat(StateDirectoryLock.of(folder)).hasValueSatisfying(who -> assertThat(who)
                    .matches("process " + ProcessHandle.current().pid() + " of network namespace net:\\[\\d+]"));
            assertThat(StateDirectoryLock.of(parent)).isEmpty();

            first.close();
            first.close();
            assertThat(StateDirectoryLock.of(folder))
                    .as("the second is there still")
                    .isPresent();
        }
        assertThat(StateDirectoryLock.of(folder)).as("the file is no claim").isEmpty();
    }

    @Test
    void shouldFailWhereThereCanBeNoFolder() throws IOException {
        final Path file = Files.createFile(parent.resolve("file"));
        assertThatThrownBy(() -> StateDirectoryLock.announce(file)).isInstanceOf(IOException.class);
    }
}
