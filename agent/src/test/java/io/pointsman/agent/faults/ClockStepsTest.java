package io.pointsman.agent.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.Agent;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.status.Problem;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The wall clock is set while an agent serves a cluster: only in a machine whose clock the test may change. */
public class ClockStepsTest {
    /** System property that allows the test to set the clock. */
    public static final String OWN_CLOCK = "pointsman.test.own-clock";

    private static final Duration PATIENCE = Duration.ofSeconds(60); // only a failing test waits for it
    private static final String VIP = "127.213.77.10";
    private static final int FIRST_PORT = 30_080;

    @TempDir
    private Path folder;

    private static void setClock(Duration step) throws Exception {
        final Process date = new ProcessBuilder(
                        "date", "--set", "@" + Instant.now().plus(step).getEpochSecond())
                .redirectErrorStream(true)
                .start();
        final String said = new String(date.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(date.waitFor()).as(said).isZero();
    }

    private static ServerSocket echo() throws IOException {
        final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                try {
                    final Socket client = listening.accept();
                    Thread.ofPlatform().daemon().start(() -> echo(client));
                } catch (IOException _) {
                    return; // closed at the end
                }
            }
        });
        return listening;
    }

    private static void echo(Socket client) {
        try (client) {
            client.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException _) {
            // the other end has closed
        }
    }

    private static void put(FakeCluster cluster, int number, int endpointPort) {
        cluster.put("""
                {"kind":"Service","apiVersion":"v1","metadata":{"name":"s-%d","namespace":"default"},
                 "spec":{"clusterIP":"%s","ports":[{"port":%d,"protocol":"TCP"}],"type":"ClusterIP"}}
                """.formatted(number, VIP, FIRST_PORT + number));
        cluster.put("""
                {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"s-%1$d-a",
                 "namespace":"default","labels":{"kubernetes.io/service-name":"s-%1$d"}},"addressType":"IPv4",
                 "endpoints":[{"addresses":["127.0.0.1"]}],"ports":[{"name":"","port":%2$d,"protocol":"TCP"}]}
                """.formatted(number, endpointPort));
    }

    private static void assertEchoes(Socket socket, String word) throws IOException {
        socket.getOutputStream().write((word + "\n").getBytes(StandardCharsets.UTF_8));
        assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                        .readLine())
                .isEqualTo(word);
    }

    /** Connects to a Service as soon as it is served. */
    private static Socket connect(int number) throws Exception {
        final long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                final Socket socket = new Socket(VIP, FIRST_PORT + number);
                socket.setSoTimeout((int) PATIENCE.toMillis());
                return socket;
            } catch (IOException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    @Test
    void shouldServeOnWheneverTheClockIsSet() throws Exception {
        Assumptions.assumeTrue(
                Boolean.getBoolean(OWN_CLOCK), "the clock is not this test's to set: AgentInUmlTest runs it");
        final FakeCluster cluster = new FakeCluster();
        cluster.put("{\"kind\":\"Node\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"here\"}}");
        final Path state = folder.resolve("state");
        try (ServerSocket endpoint = echo();
                ApiTestServer server = new ApiTestServer(cluster)) {
            put(cluster, 0, endpoint.getLocalPort());
            try (Agent agent = Agent.start(AgentConfig.builder()
                            .mode("userspace")
                            .node("here")
                            .kubeconfig(server.kubeconfig(folder))
                            .stateDirectory(state)
                            .minSyncPeriod(Duration.ZERO)
                            .healthzBindAddress(Optional.empty())
                            .metricsBindAddress(Optional.empty())
                            .build());
                    Socket held = connect(0)) {
                int number = 0;
                for (Duration step : List.of(
                        Duration.ofHours(1), Duration.ofDays(-2), Duration.ofDays(400), Duration.ofDays(-398))) {
                    setClock(step);

                    assertEchoes(held, "held over " + step);
                    try (Socket fresh = connect(0)) {
                        assertEchoes(fresh, "fresh after " + step);
                    }
                    number++;
                    put(cluster, number, endpoint.getLocalPort());
                    try (Socket newest = connect(number)) {
                        assertEchoes(newest, "new Service after " + step);
                    }
                    assertThat(agent.status().healthy())
                            .as("healthy after %s", step)
                            .isTrue();
                    assertThat(agent.status().problems())
                            .as("after %s, but for what this kernel can't do", step)
                            .filteredOn(problem -> problem.origin() != Problem.Origin.BACKEND)
                            .isEmpty();
                }
            }
            try (var saved = Files.list(state.resolve("cluster"))) {
                assertThat(saved).isNotEmpty();
            }
        }
    }
}
