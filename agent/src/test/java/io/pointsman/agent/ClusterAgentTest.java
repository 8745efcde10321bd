package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.cli.CommandLineInterface;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.status.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent on a cluster, from the API server to a reply from a VIP. */
class ClusterAgentTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60); // only a failing test waits for it
    private static final String NODES = "/api/v1/nodes";
    private static final String SERVICES = "/api/v1/services";
    private static final String SLICES = "/apis/discovery.k8s.io/v1/endpointslices";
    private static final String VIP = "127.213.77.10";

    @TempDir
    private Path folder;

    private AgentConfig config(TinyApiServer server) throws Exception {
        return AgentConfig.builder()
                .mode("userspace")
                .node("here")
                .kubeconfig(server.kubeconfig(folder))
                .stateDirectory(folder.resolve("state"))
                .healthzBindAddress(Optional.empty())
                .metricsBindAddress(Optional.empty())
                .build();
    }

    @Test
    void shouldServeAClusterAndGoOnServingWhileItsServerIsAway() throws Exception {
        try (ServerSocket first = endpoint("first");
                ServerSocket second = endpoint("second")) {
            final int vipPort = freePort();
            final AgentConfig config;
            try (TinyApiServer server = new TinyApiServer()) {
                server.put("/api/v1/nodes", """
                        {"kind":"Node","apiVersion":"v1","metadata":{"name":"here","resourceVersion":"1"},
                         "status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}]}}
                        """);
                server.put(SERVICES, service(vipPort));
                server.put(SLICES, slice(first.getLocalPort()));
                config = config(server);
                try (Agent agent = Agent.start(config)) {
                    await("the first endpoint", () -> "first".equals(ask(vipPort)));

                    server.put(SLICES, slice(second.getLocalPort()));
                    await("the second endpoint", () -> "second".equals(ask(vipPort)));
                    await("a saved state", this::isSaved);
                    assertThat(agent.status().problems()).isEmpty();

                    server.stop();
                    // each kind of object has a watch of its own, and they end in any order
                    await("its problem", () -> agent.status().toJson().contains("API server, services"));
                    assertThat(ask(vipPort)).isEqualTo("second");
                    assertThat(agent.status().toJson()).contains("what is known stays in force");
                }
            }

            try (Agent agent = Agent.start(config)) {
                await("the saved state", () -> "second".equals(ask(vipPort)));
                assertThat(agent.status().problems()).anySatisfy(problem -> {
                    assertThat(problem.origin()).isEqualTo(Problem.Origin.SOURCE);
                    assertThat(problem.reason()).startsWith("stale: ");
                });
            }
        }
    }

    @Test
    void shouldKeepBalancersAwayFromANodeThatIsLeaving() throws Exception {
        final InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (TinyApiServer server = new TinyApiServer()) {
            server.put(NODES, node("1", "", ""));
            final AgentConfig config = AgentConfig.builder()
                    .mode("userspace")
                    .node("here")
                    .kubeconfig(server.kubeconfig(folder))
                    .stateDirectory(folder.resolve("state"))
                    .healthzBindAddress(Optional.of(anyPort))
                    .metricsBindAddress(Optional.empty())
                    .build();
            try (Agent agent = Agent.start(config)) {
                await("a plan", () -> agent.status().plan().isPresent());
                assertThat(answer(agent, "/healthz")).startsWith("200 ").contains("\"nodeEligible\":true");

                server.put(
                        NODES,
                        node(
                                "2",
                                "",
                                "\"taints\":[{\"key\":\"ToBeDeletedByClusterAutoscaler\",\"effect\":\"NoSchedule\"}]"));
                await("the taint", () -> answer(agent, "/healthz").startsWith("503 "));
                assertThat(answer(agent, "/healthz")).contains("\"nodeEligible\":false", "\"healthy\":true");
                assertThat(answer(agent, "/livez")).startsWith("200 ").doesNotContain("nodeEligible");

                server.put(NODES, node("3", "", ""));
                await("no taint", () -> answer(agent, "/healthz").startsWith("200 "));

                server.put(NODES, node("4", ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"", ""));
                await("the deletion's begin", () -> answer(agent, "/healthz").startsWith("503 "));
                server.put(NODES, node("5", "", ""));
                await("a new node", () -> answer(agent, "/healthz").startsWith("200 "));

                server.delete(NODES, node("6", "", ""));
                await("no node", () -> answer(agent, "/healthz").startsWith("503 "));
                assertThat(answer(agent, "/livez")).startsWith("200 ");
            }
        }
    }

    private static String node(String version, String metadata, String spec) {
        return """
                {"kind":"Node","apiVersion":"v1","metadata":{"name":"here","resourceVersion":"%s"%s},"spec":{%s},
                 "status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}]}}
                """.formatted(version, metadata, spec);
    }

    /** Returns status and body. */
    private static String answer(Agent agent, String path) throws IOException, InterruptedException {
        final int port = agent.status().healthz().orElseThrow().getPort();
        try (HttpClient client = HttpClient.newHttpClient()) {
            final HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        }
    }

    @Test
    void shouldExplainWhatAClusterSaysAndLeaveNothingBehind() throws Exception {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        try (TinyApiServer server = new TinyApiServer()) {
            server.put(SERVICES, service(80));
            server.put(SLICES, slice(8080));
            final String[] words = {
                "explain",
                "--from",
                "127.0.0.1",
                "--to",
                VIP + ":80",
                "--node",
                "here",
                "--kubeconfig",
                server.kubeconfig(folder).toString(),
                "--config",
                configFile()
            };

            final int status = CommandLineInterface.run(
                    words,
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8));

            assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
            assertThat(status).isZero();
        }
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("default/web", "127.0.0.1:8080");
        assertThat(folder.resolve("state")).doesNotExist();
    }

    private String configFile() throws IOException {
        return Files.writeString(folder.resolve("pointsman.yaml"), "state-directory: state\n")
                .toString();
    }

    private boolean isSaved() throws IOException {
        final Path saved = folder.resolve("state/cluster");
        if (!Files.isDirectory(saved)) {
            return false;
        }
        try (Stream<Path> files = Files.list(saved)) {
            return files.anyMatch(file -> file.toString().endsWith(".json"));
        }
    }

    private static String service(int port) {
        return """
                {"kind":"Service","apiVersion":"v1","metadata":{"name":"web","namespace":"default","resourceVersion":"1"},
                 "spec":{"clusterIP":"%s","ports":[{"port":%d,"protocol":"TCP"}],"type":"ClusterIP"}}
                """.formatted(VIP, port);
    }

    private static String slice(int port) {
        return """
                {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"web-1","namespace":"default",
                 "resourceVersion":"1","labels":{"kubernetes.io/service-name":"web"}},"addressType":"IPv4",
                 "endpoints":[{"addresses":["127.0.0.1"]}],"ports":[{"name":"","port":%d,"protocol":"TCP"}]}
                """.formatted(port);
    }

    /** Starts an endpoint that sends its name to each client. */
    private static ServerSocket endpoint(String name) throws IOException {
        final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    try (Socket client = listening.accept()) {
                        client.getOutputStream().write(name.getBytes(StandardCharsets.US_ASCII));
                    }
                }
            } catch (IOException _) {
                // closed
            }
        });
        return listening;
    }

    /** Returns the reply from the VIP; empty if there is none. */
    private static String ask(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(VIP, port), 1000);
            socket.setSoTimeout(1000);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException _) {
            return "";
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(VIP, 0));
            return socket.getLocalPort();
        }
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        final long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("time for %s", what).isLessThan(deadline);
            Thread.sleep(20);
        }
    }
}
