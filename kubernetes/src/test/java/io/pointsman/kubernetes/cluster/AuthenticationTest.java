package io.pointsman.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import io.pointsman.testserver.Identity;
import io.pointsman.testserver.Recorded;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the agent's credentials: each kind in a kubeconfig or a pod, and after files on disk were replaced. */
class AuthenticationTest {
    private static final String ANSWER =
            "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"t\"}}'\n";

    @TempDir
    private Path folder;

    private final CatalogListener listener = new CatalogListener();

    private static ApiTestServer.Fault onlyFor(String header) {
        return exchange -> {
            final boolean isStranger = !header.equals(exchange.headers().get("authorization"));
            if (isStranger) {
                exchange.answer(401, "application/json", Recorded.bytes("error-401.json"));
            }
            return isStranger;
        };
    }

    private Path kubeconfig(String server, String cluster, String user) throws Exception {
        return Files.writeString(folder.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: test
                contexts: [{name: test, context: {cluster: test, user: agent}}]
                clusters: [{name: test, cluster: {server: "%s"%s}}]
                users: [{name: agent, user: {%s}}]
                """.formatted(server, cluster, user));
    }

    private ClusterSource source(Connector connector) {
        return new ClusterSource(
                new ClusterSettings(Optional.empty(), ClusterFixture.NODE, Optional.empty()),
                connector,
                ClusterFixture.FAST);
    }

    private void replace(String name, String content) throws Exception {
        Files.writeString(folder.resolve(name + ".new"), content);
        Files.move(
                folder.resolve(name + ".new"),
                folder.resolve(name),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void shouldTakeUpATokenThatIsReplacedOnDisk() throws Exception {
        try (ApiTestServer server = new ApiTestServer(FakeCluster.recorded())) {
            replace("token", "old\n");
            server.faults(onlyFor("Bearer new"));
            final Path kubeconfig = kubeconfig(server.url(), "", "tokenFile: token");
            try (ClusterSource source = source(new Connector(Optional.of(kubeconfig)))) {
                source.start(listener);
                listener.await("a problem", now -> now.problems().toString().contains("401 Unauthorized"));
                assertThat(listener.problems().toString()).contains("does not know the user of this agent");

                replace("token", "new\n");
                listener.awaitSync();
                listener.await("no problem", now -> now.problems().isEmpty());
            }
        }
    }

    @Test
    void shouldTakeUpATokenThatIsReplacedInTheKubeconfig() throws Exception {
        try (ApiTestServer server = new ApiTestServer(FakeCluster.recorded())) {
            server.faults(onlyFor("Bearer new"));
            final Path kubeconfig = kubeconfig(server.url(), "", "token: old");
            try (ClusterSource source = source(new Connector(Optional.of(kubeconfig)))) {
                source.start(listener);
                listener.await("a problem", now -> !now.problems().isEmpty());
                kubeconfig(server.url(), "", "token: new");
                listener.awaitSync();
            }
        }
    }

    @Test
    void shouldAskAnExecPluginAgainWhenItsTokenIsNotTakenAnyMore() throws Exception {
        try (ApiTestServer server = new ApiTestServer(FakeCluster.recorded())) {
            server.faults(onlyFor("Bearer second"));
            final Path plugin = plugin("""
                    token=first; [ ! -e %1$s/ran ] || token=second; : > %1$s/ran
                    echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$token'"}}'
                    """.formatted(folder));
            final Path kubeconfig = kubeconfig(
                    server.url(), "", "exec: {apiVersion: client.authentication.k8s.io/v1, command: " + plugin + "}");
            try (ClusterSource source = source(new Connector(Optional.of(kubeconfig)))) {
                source.start(listener);
                listener.awaitSync();
            }
        }
    }

    private Path plugin(String script) throws Exception {
        final Path plugin = folder.resolve("plugin");
        Files.writeString(plugin, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwx------"));
        return plugin;
    }

    @ParameterizedTest
    @ValueSource(strings = {"sleep 20", "sleep 20 & wait", "(sleep 20) & exit 0", "while :; do :; done"})
    void shouldEndAnExecPluginThatHangsAndAskAgain(String hanging) throws Exception {
        try (ApiTestServer server = new ApiTestServer(FakeCluster.recorded())) {
            server.faults(onlyFor("Bearer t"));
            final Path lazy = folder.resolve("lazy");
            Files.createFile(lazy);
            plugin("echo $$ >> " + folder + "/pids\n[ ! -e " + lazy + " ] || { " + hanging + "; }\n" + ANSWER);
            final Path kubeconfig = kubeconfig(
                    server.url(), "", "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}");
            final Connector connector = new Connector(Optional.of(kubeconfig), Duration.ofMillis(300));
            try (ClusterSource source = source(connector)) {
                source.start(listener);
                listener.await(
                        "a problem", now -> now.problems().toString().contains("plugin: did not answer within 300 ms"));

                Files.delete(lazy);
                listener.awaitSync();
                listener.await("no problem", now -> now.problems().isEmpty());
            }
            for (String pid : Files.readAllLines(folder.resolve("pids"))) {
                assertThat(ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive))
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "exit 7        | ended with status 7",
                "echo '<html>' | did not answer in JSON",
                "echo '{}'     | answered without a token or a certificate",
                "yes           | did not answer within"
            })
    void shouldSayWhatIsWrongWithAnExecPlugin(String script, String said) throws Exception {
        try (ApiTestServer server = new ApiTestServer(FakeCluster.recorded())) {
            plugin(script + "\n");
            final Path kubeconfig = kubeconfig(
                    server.url(), "", "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}");
            final Connector connector = new Connector(Optional.of(kubeconfig), Duration.ofMillis(500));
            try (ClusterSource source = source(connector)) {
                source.start(listener);
                listener.await("a problem", now -> now.problems().toString().contains(said));
            }
            assertThat(server.requests()).isEmpty();
        }
    }

    @Test
    void shouldTellAnExecPluginWhatItIsAskedForAndNotMindItsWarnings() throws Exception {
        try (ApiTestServer server = new ApiTestServer(FakeCluster.recorded())) {
            server.faults(onlyFor("Bearer of two"));
            plugin("""
                    echo "a warning" >&2
                    case "$KUBERNETES_EXEC_INFO" in *client.authentication.k8s.io/v1*) ;; *) exit 1;; esac
                    echo '{"status":{"token":"'"$1 $WHO"'"}}'
                    """);
            final Path kubeconfig = kubeconfig(
                    server.url(),
                    "",
                    "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: [of],"
                            + " env: [{name: WHO, value: two}]}");
            try (ClusterSource source = source(new Connector(Optional.of(kubeconfig)))) {
                source.start(listener);
                listener.awaitSync();
            }
        }
    }

    @Test
    void shouldBeTheServiceAccountOfItsPod() throws Exception {
        final String address = ApiTestServer.ownAddress();
        final Identity identity = Identity.create(folder, "server", address);
        try (ApiTestServer server = ApiTestServer.of(FakeCluster.recorded())
                .address(address)
                .tls(identity, Optional.empty())
                .start()) {
            server.faults(onlyFor("Bearer rotated"));
            replace("token", "projected");
            replace("ca.crt", identity.certificatePem());
            final Connector connector = new Connector(
                    Optional.empty(),
                    folder,
                    Map.of(
                            "KUBERNETES_SERVICE_HOST",
                            address,
                            "KUBERNETES_SERVICE_PORT",
                            Integer.toString(server.port())));
            try (ClusterSource source = source(connector)) {
                source.start(listener);
                listener.await("a problem", now -> now.problems().toString().contains("401"));
                replace("token", "rotated");
                listener.awaitSync();
            }
        }
    }

    @Test
    void shouldTakeUpACertificateThatIsReplacedOnDisk() throws Exception {
        final String address = ApiTestServer.ownAddress();
        final Identity identity = Identity.create(folder, "server", address);
        final Identity expired = Identity.create(folder, "expired", address);
        final Identity rotated = Identity.create(folder, "rotated", address);
        try (ApiTestServer server = ApiTestServer.of(FakeCluster.recorded())
                .address(address)
                .tls(identity, Optional.of(rotated))
                .start()) {
            replace("ca.crt", identity.certificatePem());
            replace("client.crt", expired.certificatePem());
            replace("client.key", expired.keyPem());
            final Path kubeconfig = kubeconfig(
                    server.url(),
                    ", certificate-authority: ca.crt",
                    "client-certificate: client.crt, client-key: client.key");
            try (ClusterSource source = source(new Connector(Optional.of(kubeconfig)))) {
                source.start(listener);
                listener.await("a problem", now -> now.problems().toString().contains("TLS"));
                replace("client.key", rotated.keyPem());
                replace("client.crt", rotated.certificatePem());
                listener.awaitSync();
                listener.await("no problem", now -> now.problems().isEmpty());
            }
        }
    }

    @Test
    void shouldNotTalkToAServerOfAnotherAuthority() throws Exception {
        final String address = ApiTestServer.ownAddress();
        final Identity identity = Identity.create(folder, "server", address);
        final Identity other = Identity.create(folder, "other", address);
        try (ApiTestServer server = ApiTestServer.of(FakeCluster.recorded())
                .address(address)
                .tls(identity, Optional.empty())
                .start()) {
            replace("ca.crt", other.certificatePem());
            final Path kubeconfig = kubeconfig(server.url(), ", certificate-authority: ca.crt", "token: secret");
            try (ClusterSource source = source(new Connector(Optional.of(kubeconfig)))) {
                source.start(listener);
                listener.await("a problem of each kind", now -> now.problems().size() == 4);

                assertThat(listener.problems())
                        .allSatisfy(problem -> assertThat(problem.reason()).contains("TLS"));
                assertThat(server.requests()).isEmpty();
            }
        }
    }

    @Test
    void shouldCheckTheServerByTheNameThatTheKubeconfigGivesIt() throws Exception {
        final String address = ApiTestServer.ownAddress();
        final Identity identity = Identity.create(folder, "server", "kubernetes.default");
        try (ApiTestServer server = ApiTestServer.of(FakeCluster.recorded())
                .address(address)
                .tls(identity, Optional.empty())
                .start()) {
            replace("ca.crt", identity.certificatePem());
            final Path kubeconfig =
                    kubeconfig(server.url(), ", certificate-authority: ca.crt, tls-server-name: other", "token: t");
            try (ClusterSource source = source(new Connector(Optional.of(kubeconfig)))) {
                source.start(listener);
                listener.await("a problem of each kind", now -> now.problems().size() == 4);
                assertThat(server.requests()).isEmpty();

                kubeconfig(
                        server.url(),
                        ", certificate-authority: ca.crt, tls-server-name: kubernetes.default",
                        "token: t");
                listener.awaitSync();
            }
        }
    }
}
