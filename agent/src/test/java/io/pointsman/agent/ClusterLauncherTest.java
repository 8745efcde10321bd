package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import io.pointsman.testserver.Identity;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./pointsman run --kubeconfig FILE --node NAME}, from the launcher to a reply from a VIP. */
class ClusterLauncherTest {
    /** Time limit that only a failing test reaches. */
    private static final long DEADLINE_SECONDS = 120;

    private static final int SIGTERM = 128 + 15;
    private static final String VIP = "127.213.78.10";

    @TempDir
    private Path folder;

    private final String address = ApiTestServer.ownAddress();
    private final int vipPort = freePort();
    private @Nullable Process running;

    /** Prepares a clone as after a build, with the classes that this test runs on. */
    @BeforeEach
    void build() throws IOException {
        final Path launcher = Path.of("..", "pointsman");
        Files.copy(launcher, folder.resolve("pointsman"));
        Files.createSymbolicLink(
                folder.resolve("scripts"), launcher.resolveSibling("scripts").toRealPath());
        final Path target = folder.resolve("agent/target");
        final Path libraries = Files.createDirectories(target.resolve("lib"));
        Files.copy(Path.of("target", "jvm.options"), target.resolve("jvm.options"));
        Files.createSymbolicLink(
                target.resolve("pointsman-agent-1.jar"),
                Path.of("target", "classes").toRealPath());
        int count = 0;
        for (String part : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            final Path entry = Path.of(part).toRealPath();
            if (!entry.endsWith("test-classes") && !entry.startsWith(Path.of("").toRealPath())) {
                Files.createSymbolicLink(libraries.resolve(count++ + ".jar"), entry);
            }
        }
        Files.createFile(target.resolve("built.stamp"));
    }

    @AfterEach
    void end() {
        if (running != null) {
            running.destroyForcibly();
        }
    }

    private Process start(Path kubeconfig) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(
                        "bash",
                        folder.resolve("pointsman").toString(),
                        "run",
                        "--kubeconfig",
                        kubeconfig.toString(),
                        "--node",
                        "here",
                        "--mode",
                        "userspace",
                        "--state-directory",
                        folder.resolve("state").toString(),
                        "--healthz-bind-address",
                        "127.0.0.1:0",
                        "--metrics-bind-address",
                        "off")
                .redirectErrorStream(true)
                .redirectOutput(log().toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("POINTSMAN_BACKENDS");
        final Process started = builder.start();
        running = started;
        return started;
    }

    private Path log() {
        return folder.resolve("log");
    }

    private FakeCluster cluster(int endpointPort) {
        final FakeCluster cluster = new FakeCluster();
        cluster.put("""
                {"kind":"Node","apiVersion":"v1","metadata":{"name":"here"},
                 "status":{"addresses":[{"type":"InternalIP","address":"127.0.0.1"}]}}
                """);
        cluster.put("""
                {"kind":"Service","apiVersion":"v1","metadata":{"name":"web","namespace":"default"},
                 "spec":{"clusterIP":"%s","ports":[{"port":%d,"protocol":"TCP"}],"type":"ClusterIP"}}
                """.formatted(VIP, vipPort));
        cluster.put("""
                {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"web-1","namespace":"default",
                 "labels":{"kubernetes.io/service-name":"web"}},"addressType":"IPv4",
                 "endpoints":[{"addresses":["127.0.0.1"]}],"ports":[{"name":"","port":%d,"protocol":"TCP"}]}
                """.formatted(endpointPort));
        return cluster;
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    @Test
    void shouldServeAClusterThatKnowsItByItsCertificateAndEndInOrder() throws Exception {
        final Identity server = Identity.create(folder, "server", address);
        final Identity agent = Identity.create(folder, "system:kube-proxy", address);
        write("ca.crt", server.certificatePem());
        write("agent.crt", agent.certificatePem());
        write("agent.key", agent.keyPem());
        try (ServerSocket endpoint = endpoint();
                ApiTestServer api = ApiTestServer.of(cluster(endpoint.getLocalPort()))
                        .address(address)
                        .tls(server, Optional.of(agent))
                        .start()) {
            serveAndEnd(api.kubeconfig(
                    folder, ", certificate-authority: ca.crt", "client-certificate: agent.crt, client-key: agent.key"));
        }
    }

    @Test
    void shouldServeAClusterThatKnowsItByItsTokenAndEndInOrder() throws Exception {
        final Identity server = Identity.create(folder, "server", address);
        write("ca.crt", server.certificatePem());
        write("token", "of the agent\n");
        try (ServerSocket endpoint = endpoint();
                ApiTestServer api = ApiTestServer.of(cluster(endpoint.getLocalPort()))
                        .address(address)
                        .tls(server, Optional.empty())
                        .token("of the agent")
                        .start()) {
            serveAndEnd(api.kubeconfig(folder, ", certificate-authority: ca.crt", "tokenFile: token"));
        }
    }

    private void serveAndEnd(Path kubeconfig) throws Exception {
        final Process process = start(kubeconfig);
        await(process, "an answer at the VIP", () -> ask().equals("from the pod"));

        process.destroy();

        assertThat(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(log())).isEqualTo(SIGTERM);
        assertThat(ask()).isEmpty();
        assertThat(Files.readString(log())).contains("Pointsman forwards").doesNotContain("ERROR", "Exception");
        try (Stream<Path> saved = Files.list(folder.resolve("state/cluster"))) {
            assertThat(saved.toList()).singleElement().asString().endsWith(".json");
        }
    }

    /** Starts an endpoint that identifies itself to each client. */
    private static ServerSocket endpoint() throws IOException {
        final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    try (Socket client = listening.accept()) {
                        client.getOutputStream().write("from the pod".getBytes(StandardCharsets.US_ASCII));
                    }
                }
            } catch (IOException _) {
                // closed
            }
        });
        return listening;
    }

    /** Returns the reply from the VIP; empty if there is none. */
    private String ask() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(VIP, vipPort), 1000);
            socket.setSoTimeout(1000);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException _) {
            return "";
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(VIP, 0));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void await(Process process, String what, Callable<Boolean> condition) throws Exception {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!condition.call()) {
            final List<String> said = new ArrayList<>(Files.readAllLines(log()));
            assertThat(process.isAlive()).as("alive, having said %s", said).isTrue();
            assertThat(System.nanoTime())
                    .as("time for %s; it said %s", what, said)
                    .isLessThan(deadline);
            Thread.sleep(50);
        }
    }
}
