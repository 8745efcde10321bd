package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.status.AgentStatus;
import io.pointsman.agent.status.Problem;
import io.pointsman.model.ConfigException;
import io.pointsman.model.InMemorySource;
import io.pointsman.model.PointsmanException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent inside another program, with a backend that hangs or fails. */
class AgentTest {
    private static final long PATIENCE_SECONDS = 60;
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @TempDir
    private Path folder;

    private final BlockingQueue<String> failures = new LinkedBlockingQueue<>();
    private final ClassLoader before = Thread.currentThread().getContextClassLoader();
    private URLClassLoader backends;

    @BeforeEach
    void register() throws IOException {
        backends = StubbornProvider.loader(folder.resolve("backends"));
        Thread.currentThread().setContextClassLoader(backends);
    }

    @AfterEach
    void forget() throws IOException {
        Thread.currentThread().setContextClassLoader(before);
        backends.close();
    }

    private Agent start(String key, String value) throws PointsmanException {
        final AgentConfig config = AgentConfig.builder()
                .mode(StubbornProvider.NAME)
                .node("here")
                .stateDirectory(folder.resolve("state"))
                .healthzBindAddress(Optional.of(ANY_PORT))
                .metricsBindAddress(Optional.of(ANY_PORT))
                .syncPeriod(Duration.ofSeconds(1))
                .backendSetting(key, value)
                .build();
        return Agent.start(config, InMemorySource.of(), new AgentListener() {
            @Override
            public void inForce(AgentStatus status) {}

            @Override
            public void failed(String reason) {
                failures.add(reason);
            }
        });
    }

    @Test
    void shouldTellWhenItsBackendCanNotGoOn() throws Exception {
        try (Agent agent = start("failure", "its only thread ended")) {
            assertThat(failures.poll(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isEqualTo("backend stubborn: its only thread ended");
            assertThat(status(agent, "/livez")).isEqualTo(503);
            assertThat(status(agent, "/healthz")).isEqualTo(503);
            assertThat(agent.status().healthy()).isFalse();
            assertThat(agent.status().problems())
                    .filteredOn(problem -> problem.origin() == Problem.Origin.PROCESS)
                    .singleElement()
                    .asString()
                    .contains("its only thread ended");
        }
        assertThat(failures).as("told once").isEmpty();
    }

    @Test
    @Timeout(PATIENCE_SECONDS)
    void shouldBeIllWhileItsFirstSyncHangsAndCloseAllTheSame() throws Exception {
        try (Agent agent = start("apply", "hang")) {
            while (status(agent, "/livez") == 200) {
                Thread.sleep(100);
            }
            assertThat(status(agent, "/healthz")).isEqualTo(503);
            while (agent.status().problems().isEmpty()) {
                Thread.sleep(100);
            }
            assertThat(agent.status().problems())
                    .singleElement()
                    .asString()
                    .contains("sync: has not succeeded within 2 s");
        }
        assertThat(failures).isEmpty();
    }

    @Test
    @Timeout(PATIENCE_SECONDS)
    void shouldCloseWhenItsBackendDoesNot() throws Exception {
        final Agent agent = start("close", "hang");
        agent.close();
        agent.close();
    }

    @Test
    void shouldRefuseToStartWithTooFewDescriptors() throws ConfigException {
        Agent.requireDescriptors(128);
        assertThatThrownBy(() -> Agent.requireDescriptors(127))
                .isInstanceOf(ConfigException.class)
                .hasMessage("open files: this process may have 127, and an agent needs 128 to start; raise the limit"
                        + " (ulimit -n, LimitNOFILE)");
    }

    @Test
    void shouldTellItsMetricsOnlyToThoseWhoAskThisHost() throws Exception {
        try (Agent agent = start("close", "as it should")) {
            final InetSocketAddress metrics = agent.status().metrics().orElseThrow();
            assertThat(statusLine(metrics, "GET /metrics HTTP/1.1", "Host: evil.example:" + metrics.getPort()))
                    .startsWith("HTTP/1.1 421 ");
            assertThat(statusLine(metrics, "GET http://evil.example/metrics HTTP/1.1", "Host: localhost"))
                    .startsWith("HTTP/1.1 421 ");
            assertThat(statusLine(metrics, "GET http://localhost/metrics HTTP/1.1", "Host: evil.example"))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(statusLine(metrics, "OPTIONS /metrics HTTP/1.1", "Host: HERE"))
                    .startsWith("HTTP/1.1 200 ");
            final InetSocketAddress healthz = agent.status().healthz().orElseThrow();
            assertThat(statusLine(healthz, "GET http://balanced.example/livez HTTP/1.1", "Host: balanced.example"))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    private static String statusLine(InetSocketAddress address, String request, String host) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(address);
            socket.getOutputStream()
                    .write((request + "\r\n" + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static int status(Agent agent, String path) throws IOException, InterruptedException {
        final InetSocketAddress address = agent.status().healthz().orElseThrow();
        try (HttpClient client = HttpClient.newHttpClient()) {
            final URI uri = URI.create("http://127.0.0.1:" + address.getPort() + path);
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }
}
