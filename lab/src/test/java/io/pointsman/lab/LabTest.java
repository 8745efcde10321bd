package io.pointsman.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.uml.UmlProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the whole lab in its own process: its output, and that it leaves nothing behind. */
class LabTest {
    private static final Path README = Path.of("../README.md");
    private static final long LOOK_MILLIS = 100;
    private static final int MAX_LOOKS = 600;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    @Test
    void shouldPassEveryStepWithEveryBackendHereOrInsideUserModeLinux() throws IOException, InterruptedException {
        final Path page = folder.resolve("README.md");
        final Path report = folder.resolve("report.html");
        Files.copy(README, page);
        final List<String> machine = machineState();
        final Path captures = folder.resolve("captures");
        final String[] arguments = {
            "--markdown", page.toString(), "--report", report.toString(), "--pcap", captures.toString()
        };
        try (LabProcess lab = LabProcess.start(List.of(), folder, arguments)) {
            final String output = lab.output();
            final int status = lab.awaitExit();

            assertThat(status).as(lab.progress()).isZero();
            final JsonNode result = new ObjectMapper().readTree(output);
            assertThat(result.get("passed").asBoolean()).as(lab.progress()).isTrue();
            assertThat(played(result)).contains("userspace");
            assertThat(rows(Files.readString(README))).isEqualTo(rows(Files.readString(page)));
            assertThat(Files.readString(report)).doesNotContain("src=", "href=", "url(", "@import", "<script");
            for (String mode : played(result)) {
                assertThat(captures.resolve(mode + "-client.pcap")).isNotEmptyFile();
            }
            if (UmlProgram.unavailable().isEmpty()) {
                assertThat(played(result)).contains("ipvs");
                assertThat(lab.progress()).contains("ipvs: pass IPv4 client → packet forwarder");
            }
            assertThat(lab.traces()).isEmpty();
            assertThat(machineState()).isEqualTo(machine);
        }
    }

    @Test
    void shouldPassEveryStepWithItsAgentsReadingAnApiServer() throws IOException, InterruptedException {
        try (LabProcess lab = LabProcess.start(List.of(), folder, "--source", "api", "--mode", "iptables,userspace")) {
            final String output = lab.output();

            assertThat(lab.awaitExit()).as(lab.progress()).isZero();
            final JsonNode result = new ObjectMapper().readTree(output);
            assertThat(result.get("passed").asBoolean()).as(lab.progress()).isTrue();
            assertThat(played(result)).containsExactly("iptables", "userspace");
            assertThat(lab.traces()).isEmpty();
        }
    }

    private static List<String> played(JsonNode result) {
        final List<String> modes = new ArrayList<>();
        for (JsonNode mode : result.get("modes")) {
            if (mode.get("played").asBoolean()) {
                modes.add(mode.get("mode").asText());
                assertThat(mode.get("steps").size()).isGreaterThan(50);
            } else {
                System.err.println("skipped: mode " + mode.get("mode").asText() + ": "
                        + mode.get("reason").asText());
            }
        }
        return modes;
    }

    /** Returns step and expectation of every line of the table, for any columns of modes. */
    private static List<String> rows(String page) {
        final int start = page.indexOf(MarkdownTable.START);
        final int end = page.indexOf(MarkdownTable.END);
        assertThat(start).as("the mark " + MarkdownTable.START).isNotNegative();
        return Pattern.compile("^(\\|[^|]*\\|[^|]*\\|).*$", Pattern.MULTILINE)
                .matcher(page.substring(start, end))
                .results()
                .map(row -> row.group(1))
                .toList();
    }

    /** Returns the state of the machine's own network, read-only. */
    private static List<String> machineState() throws IOException, InterruptedException {
        final List<String> lines = new ArrayList<>();
        for (List<String> command : List.of(
                List.of("ip", "rule"), List.of("ip", "route", "show", "table", "all"), List.of("ip", "-6", "rule"))) {
            final Process process = new ProcessBuilder(command).start();
            lines.addAll(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
            assertThat(process.waitFor()).as(command.toString()).isZero();
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "KILL"})
    void shouldLeaveNothingWhenItIsEnded(String signal) throws IOException, InterruptedException {
        try (LabProcess lab = LabProcess.start(List.of(), folder, "--mode", "iptables", "--family", "ipv4")) {
            lab.awaitProgress("an agent runs on each");
            final List<ProcessHandle> processes = lab.descendants();
            assertThat(processes).hasSizeGreaterThan(3);
            assertThat(lab.traces()).hasSizeGreaterThan(10);

            lab.signal(signal);
            final int _ = lab.awaitExit();

            for (int i = 0; i < MAX_LOOKS && !isGone(lab, processes); i++) {
                Thread.sleep(LOOK_MILLIS);
            }
            assertThat(lab.traces()).isEmpty();
            assertThat(processes).noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void shouldLeaveNothingWhenItIsKilledWhileItPlaysInsideUserModeLinux() throws IOException, InterruptedException {
        Assumptions.assumeTrue(UmlProgram.unavailable().isEmpty(), "there is no User Mode Linux here");
        try (LabProcess lab = LabProcess.start(List.of(), folder, "--mode", "ipvs", "--family", "ipv4")) {
            lab.awaitProgress("ipvs: the tutorial's cluster is up");
            final List<ProcessHandle> processes = lab.descendants();

            lab.signal("KILL");
            final int _ = lab.awaitExit();

            for (int i = 0; i < MAX_LOOKS && !isGone(lab, processes); i++) {
                Thread.sleep(LOOK_MILLIS);
            }
            assertThat(lab.traces()).isEmpty();
            assertThat(processes).isNotEmpty().noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void shouldSayInALineThatAFileCantBeWrittenBeforeItPlays() throws IOException, InterruptedException {
        final Path missing = folder.resolve("missing").resolve("lab.html");
        try (LabProcess lab = LabProcess.start(List.of(), folder, "--report", missing.toString())) {
            assertThat(lab.awaitExit()).isEqualTo(1);
            assertThat(lab.progress().lines()).singleElement().asString().contains("--report " + missing);
        }
    }

    private static boolean isGone(LabProcess lab, List<ProcessHandle> processes) throws IOException {
        return lab.traces().isEmpty() && processes.stream().noneMatch(ProcessHandle::isAlive);
    }

    @Test
    void shouldSayHowToGoOnWhenItMayNotBuildNamespaces() throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv is missing: apt install util-linux");
        try (LabProcess lab = LabProcess.start(
                List.of("setpriv", "--bounding-set", "-sys_admin,-net_admin"), folder, "--mode", "userspace")) {
            assertThat(lab.awaitExit()).isEqualTo(1);
            assertThat(lab.progress().lines()).singleElement().asString().contains("./pointsman run");
        }
    }

    @Test
    void shouldNameTheBackendsAndPlayNothingWhenAModeIsUnknown() throws IOException, InterruptedException {
        try (LabProcess lab = LabProcess.start(List.of(), folder, "--mode", "userspace,ebpf")) {
            assertThat(lab.awaitExit()).isEqualTo(2);
            assertThat(lab.progress().lines())
                    .singleElement()
                    .asString()
                    .contains("ebpf: there is no backend of that name; there are", "iptables");
        }
    }

    @Test
    void shouldWaitForEnterAndKeepTheClusterUntilItIsToldToEnd() throws IOException, InterruptedException {
        try (LabProcess lab =
                LabProcess.start(List.of(), folder, "--mode", "userspace", "--family", "ipv4", "--step", "--keep")) {
            lab.awaitProgress("next: proxyMode on kubernetes-node-6jst");
            assertThat(lab.progress()).doesNotContain("pass");
            lab.type("\n".repeat(200));

            lab.awaitProgress("To enter a host:");
            lab.awaitProgress(" removes all of it.");
            final List<String> enter = List.of(Pattern.compile("^ *busybox +(nsenter .*) bash$", Pattern.MULTILINE)
                    .matcher(lab.progress())
                    .results()
                    .findFirst()
                    .orElseThrow()
                    .group(1)
                    .split(" ", -1));
            final List<String> curl = new ArrayList<>(enter);
            curl.addAll(List.of("curl", "-s", "--max-time", "5", "http://10.0.170.92"));
            final Process inside = new ProcessBuilder(curl).start();
            assertThat(new String(inside.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("client_address=10.244.3.8");

            // A build that a script started in the background ignores Ctrl-C, and so do all its child processes.
            final boolean isInterruptible = !Interrupt.isIgnored();
            assertThat(lab.progress())
                    .contains(isInterruptible ? "Ctrl-C here removes" : "kill " + lab.pid() + " removes");
            lab.signal(isInterruptible ? "INT" : "TERM");
            assertThat(lab.awaitExit()).isEqualTo(isInterruptible ? 130 : 143);
            assertThat(lab.traces()).isEmpty();
        }
    }
}
