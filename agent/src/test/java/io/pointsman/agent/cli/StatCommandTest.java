package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.NatEngine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatCommandTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int stat(String... words) {
        final String[] all = new String[words.length + 1];
        all[0] = "stat";
        System.arraycopy(words, 0, all, 1, words.length);
        return CommandLineInterface.run(
                all,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private void count(Path file) {
        try (NatEngine engine = NatEngine.create(
                EngineConfig.builder().capacity(16).countersFile(file).build())) {
            final IpAddress address = IpAddress.parse("192.0.2.1");
            assertThat(engine.connect(Protocol.TCP, address, 1, address, 2, 0)).isNotNull();
            engine.publishCounters();
        }
    }

    @Test
    void shouldPrintNameAndValueWhenAnEngineHasCounted() {
        count(folder.resolve("counters.dat"));
        assertThat(stat("--file", folder.resolve("counters.dat").toString())).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines().map(String::strip))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("process " + ProcessHandle.current().pid() + ", started"))
                .contains("1  connect.pass")
                .noneSatisfy(line -> assertThat(line).contains("packets."));
    }

    @Test
    void shouldFindTheFileWhereTheBackendKeepsItsState() {
        count(folder.resolve("userspace").resolve("counters.dat"));
        assertThat(stat("--state-directory", folder.toString(), "--all")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8).lines().map(String::strip))
                .contains("1  connect.pass", "0  packets.table-full");
    }

    @Test
    void shouldSaySoWhenThereIsNoFile() {
        final Path file = folder.resolve("none");
        assertThat(stat("--file", file.toString())).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("pointsman: there is no counters file " + file + ": no engine has run there");
    }
}
