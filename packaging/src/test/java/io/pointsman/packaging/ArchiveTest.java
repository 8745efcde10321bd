package io.pointsman.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./pointsman archive}, unpacked on a host without Java. */
class ArchiveTest {
    private static final int SIGTERM = 128 + 15;
    private static final long PATIENCE_SECONDS = 60;
    private static final IpAddress VIP = IpAddress.parse("10.96.0.10");
    private static final IpAddress ENDPOINT = IpAddress.parse("127.0.0.1");

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    /** Builds and unpacks the archive, in a host of the lab, as its class cache is recorded from a running agent. */
    private Path unpack(LabHost host) throws Exception {
        final BuiltHouse house = BuiltHouse.in(Files.createDirectory(folder.resolve("house")));
        final ProcessBuilder launcher = house.launcher("archive");
        final Path log = folder.resolve("archive.log");
        final Process process = host.start(launcher.redirectErrorStream(true).redirectOutput(log.toFile()));
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        final Path tar = house.target().resolve("pointsman-0.1.0-SNAPSHOT.tar.gz");
        final Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Ended.well(new ProcessBuilder("tar", "-xzf", tar.toString(), "-C", elsewhere.toString()));
        return elsewhere.resolve("pointsman-0.1.0-SNAPSHOT");
    }

    /** Returns the archive's launcher, with the programs of a host without Java. */
    private ProcessBuilder launcher(Path home, String... words) throws IOException {
        final Path programs = folder.resolve("bin");
        if (!Files.exists(programs)) {
            Files.createDirectory(programs);
            for (String program : List.of("bash", "readlink", "dirname", "stat", "sha256sum", "nft")) {
                Files.copy(find(program), programs.resolve(program));
            }
        }
        final List<String> command = new ArrayList<>(List.of(
                "env", "-i", "PATH=" + programs, home.resolve("bin/pointsman").toString()));
        command.addAll(Arrays.asList(words));
        return new ProcessBuilder(command);
    }

    private static Path find(String program) {
        final Path found = Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin")
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        Assumptions.assumeTrue(found != null, program + " is missing");
        return found;
    }

    private Path manifest() throws IOException {
        return Files.writeString(folder.resolve("services.yaml"), """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: default}
                spec:
                  clusterIP: %s
                  ports: [{protocol: TCP, port: 80, targetPort: 8080}]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
                addressType: IPv4
                ports: [{protocol: TCP, port: 8080}]
                endpoints: [{addresses: [%s], conditions: {ready: true}}]
                """.formatted(VIP, ENDPOINT));
    }

    @Test
    void shouldServeWithoutAnyJavaOnTheHostAndEndInOrder() throws Exception {
        try (Lab lab = Lab.open()) {
            final LabHost host = lab.addHost("plain");
            final Path home = unpack(host);
            host.serveEcho(Protocol.TCP, ENDPOINT, 8080);
            final Path log = folder.resolve("agent.log");

            final Process agent = host.start(launcher(
                            home,
                            "run",
                            "--manifest",
                            manifest().toString(),
                            "--node",
                            "plain",
                            "--state-directory",
                            folder.resolve("state").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile()));
            try {
                awaitAnswer(host, agent, log);
                // the class cache still works after the move: else the JVM would log why, and not have mapped it
                assertThat(Files.readString(Path.of("/proc", Long.toString(agent.pid()), "maps")))
                        .contains(home.resolve("pointsman.aot").toString(), home + "/runtime/lib/server/libjvm.so");
                assertThat(Files.readString(Path.of("/proc", Long.toString(agent.pid()), "environ")))
                        .doesNotContain(System.getProperty("java.home"));
            } finally {
                agent.destroy();
                assertThat(agent.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(agent.exitValue()).as(Files.readString(log)).isEqualTo(SIGTERM);
            assertThat(log).content().doesNotContain("ERROR", "Exception", "class cache");
        }
    }

    private static void awaitAnswer(LabHost host, Process agent, Path log) throws Exception {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!(host.send(Probe.tcp(VIP, 80)) instanceof ProbeResult.Answered)) {
            assertThat(agent.isAlive() && System.nanoTime() < deadline)
                    .as(Files.readString(log))
                    .isTrue();
            Thread.sleep(100);
        }
    }
}
