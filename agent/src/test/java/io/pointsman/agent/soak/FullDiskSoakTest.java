package io.pointsman.agent.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.outsiders.Manifests;
import io.pointsman.testkit.outsiders.Site;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A state directory that can't be written: the last state is served, no kernel state is added without a record, and the
 * agent recovers.
 */
class FullDiskSoakTest {
    private static final long STATE_BYTES = 256 << 10;
    private static final int SERVICES = 400; // their records take more than is left of the record's last page
    private static final int LOG_LINES_BOUND =
            5 * SERVICES; // each has a problem logged, and its solution, a few times at most
    private static final Pattern ADDRESS = Pattern.compile("\\b10\\.96\\.\\d+\\.\\d+\\b");

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void shouldKeepServingAndRecoverWhenTheDiskIsFull() throws IOException, InterruptedException {
        final Soak soak = labs.closing(Soak.start(folder, Soak.SMALL.withStateOf(STATE_BYTES), Map.of()))
                .watch();
        final Path filler = soak.agent().asSeen(soak.site().stateDirectory()).resolve("filler");
        fill(filler);

        soak.site().putManifest("late.yaml", lateServices());

        soak.agent().await("/status tells of the full disk", () -> soak.agent()
                .status()
                .contains("No space left on device"));
        assertEverythingIsOnRecord(soak);

        Files.delete(filler);
        awaitServed(soak);
        assertEverythingIsOnRecord(soak);
        soak.agent().await("the problem is gone", () -> !soak.agent().status().contains("No space left on device"));
        fill(filler);
        soak.assertNobodyElseNoticed(LOG_LINES_BOUND);
        soak.assertEndsWhenTold();
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void shouldKeepServingAndRecoverWhenTheDiskIsReadOnly() throws IOException, InterruptedException {
        final Soak soak = labs.closing(Soak.start(folder, Soak.SMALL.withStateOf(STATE_BYTES), Map.of()))
                .watch();
        makeReadOnly(soak);

        soak.site().putManifest("late.yaml", lateServices());

        soak.agent().await("/status tells of the read-only disk", () -> soak.agent()
                .status()
                .contains("Read-only file system"));
        assertEverythingIsOnRecord(soak);

        makeWritable(soak);
        awaitServed(soak);
        assertEverythingIsOnRecord(soak);
        makeReadOnly(soak);
        soak.assertNobodyElseNoticed(LOG_LINES_BOUND);
        soak.assertEndsWhenTold();
    }

    private static void fill(Path file) throws IOException {
        final byte[] block = new byte[1024];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long written = 0; written < 2 * STATE_BYTES; written += block.length) {
                out.write(block);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
            return;
        }
        throw new AssertionError("the file system takes more than it has room for");
    }

    /** Mounts the state directory over itself, read-only; files already open stay writable. */
    private static void makeReadOnly(Soak soak) throws IOException {
        final String directory = soak.site().stateDirectory().toString();
        inAgentsMounts(soak, "mount", "-o", "bind,ro", directory, directory);
    }

    private static void makeWritable(Soak soak) throws IOException {
        inAgentsMounts(soak, "umount", soak.site().stateDirectory().toString());
    }

    private static void inAgentsMounts(Soak soak, String... program) throws IOException {
        final List<String> command = new ArrayList<>(
                List.of("nsenter", "--target", Long.toString(soak.agent().pid()), "--mount", "--root"));
        command.addAll(List.of(program));
        assertThat(soak.site().node().run(command.toArray(String[]::new)).outputOrFail())
                .isEmpty();
    }

    private static String lateServices() {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < SERVICES; i++) {
            text.append(Manifests.service("late-" + i, lateVip(i)));
        }
        return text.toString();
    }

    private static String lateVip(int service) {
        return "10.96." + (3 + service / 200) + "." + (1 + service % 200);
    }

    private static void awaitServed(Soak soak) throws IOException {
        final Site site = soak.site();
        for (int service : List.of(0, SERVICES - 1)) {
            final Probe probe = Probe.tcp(IpAddress.parse(lateVip(service)), 80);
            soak.agent().await("the new Services answer", () -> {
                try (var connection = site.innocent().connect(probe)) {
                    return connection.isConnected();
                }
            });
        }
    }

    /** Checks that all of the agent's kernel state is in its record. */
    private static void assertEverythingIsOnRecord(Soak soak) throws IOException {
        final String record = Files.readString(soak.agent()
                .asSeen(soak.site().stateDirectory())
                .resolve("userspace")
                .resolve("owned"));
        final String routes = soak.site()
                .node()
                .run("ip", "route", "show", "table", "local", "proto", "117")
                .outputOrFail();
        assertThat(ADDRESS.matcher(routes).results().map(match -> match.group()).toList())
                .isNotEmpty()
                .allMatch(address -> Pattern.compile("\\b" + Pattern.quote(address) + "\\b")
                        .matcher(record)
                        .find());
    }
}
