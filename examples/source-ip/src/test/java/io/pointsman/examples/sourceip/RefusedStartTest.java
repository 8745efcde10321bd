package io.pointsman.examples.sourceip;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages for a user whose configuration can't work. */
class RefusedStartTest {
    @TempDir
    private Path folder;

    @Test
    void shouldListTheBackendsWhenTheModeIsUnknown() throws IOException, InterruptedException {
        final String said = refused("run", "--mode", "ebpf", "--manifest", folder);

        assertThat(said)
                .contains("pointsman: mode: no backend is called \"ebpf\"; give auto or one of:")
                .contains("userspace (priority 10): can run: ");
    }

    @Test
    void shouldNameThePathWhenTheManifestIsMissing() throws IOException, InterruptedException {
        assertThat(refused("run", "--manifest", folder.resolve("none.yaml"))).contains("none.yaml");
        assertThat(refused("run")).contains("manifest: none given");
    }

    @Test
    void shouldListTheKeysWhenTheConfigurationHasAnUnknownOne() throws IOException, InterruptedException {
        final Path config = folder.resolve("agent.yaml");
        Files.writeString(config, "mode: auto\nspeed: fast\n");

        assertThat(refused("run", "--config", config))
                .contains("agent.yaml:2: unknown key \"speed\"; known: mode, node, manifest");
    }

    @Test
    void shouldServeAndReportWhenItsStatusPortIsTaken() throws IOException, InterruptedException {
        try (SampleCluster sample = new SampleCluster(folder)) {
            final AgentProcess agent;
            try (ServerSocket _ = new ServerSocket(sample.port(10_249), 1, InetAddress.getLoopbackAddress())) {
                agent = AgentProcess.start("run", "--config", sample.config);
                agent.awaitOutput("http: /metrics: can't listen on 127.0.0.1:" + sample.port(10_249));
                agent.awaitOutput("Ctrl-C stops");
            }
            try (agent) {
                agent.awaitOutput("INFO ProblemBoard - http: solved: /metrics");
            }
        }
    }

    private static String refused(Object... arguments) throws IOException, InterruptedException {
        try (AgentProcess agent = AgentProcess.start(arguments)) {
            assertThat(agent.awaitExit()).isEqualTo(1);
            return agent.output();
        }
    }
}
