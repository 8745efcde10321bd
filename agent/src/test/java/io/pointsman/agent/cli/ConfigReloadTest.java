package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.Agent;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.config.ConfigFile;
import io.pointsman.agent.status.Problem;
import io.pointsman.kubernetes.files.FileWatch;
import io.pointsman.model.ConfigException;
import io.pointsman.model.InMemorySource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running agent whose configuration changes, in the ways that files do. */
@Timeout(60) // only a failing test waits for it
class ConfigReloadTest {
    private static final String HEAD =
            "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: userspace\n";

    @TempDir
    private Path folder;

    private AgentConfig read(Path file) throws ConfigException {
        final AgentConfig.Builder config = AgentConfig.builder().stateDirectory(folder.resolve("state"));
        ConfigFile.read(file, config);
        return config.build();
    }

    private static String text(String more) {
        return HEAD + "healthzBindAddress: 127.0.0.1:0\nmetricsBindAddress: 127.0.0.1:0\n" + more;
    }

    private static List<String> problems(Agent agent) {
        return agent.status().problems().stream()
                .filter(problem -> problem.origin() == Problem.Origin.CONFIGURATION)
                .map(Problem::toString)
                .toList();
    }

    private static String configz(Agent agent) throws IOException, InterruptedException {
        final int port = agent.status().metrics().orElseThrow().getPort();
        try (HttpClient client = HttpClient.newHttpClient()) {
            final HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/configz"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
            return response.body();
        }
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        while (!condition.call()) {
            Thread.sleep(20);
        }
    }

    @Test
    void shouldTakeWhatChangesAndNameWhatNeedsARestart() throws Exception {
        final Path file = Files.writeString(folder.resolve("config.conf"), text("clusterCIDR: 10.0.0.0/8\n"));
        try (Agent agent = Agent.start(read(file), InMemorySource.of(), _ -> {});
                FileWatch _ = ConfigReload.follow(file, () -> read(file), agent)) {
            assertThat(configz(agent)).contains("\"cluster-cidr\":\"10.0.0.0/8\"", "\"mode\":\"userspace\"");

            Files.writeString(file, text("clusterCIDR: 10.1.0.0/16\nhostnameOverride: other\n"));
            await(() -> configz(agent).contains("\"cluster-cidr\":\"10.1.0.0/16\""));
            await(() -> !problems(agent).isEmpty());
            assertThat(problems(agent))
                    .containsExactly("warning: configuration: needs a restart: node; until then the old value holds");
            assertThat(configz(agent)).contains("\"needsRestart\":[\"node\"]").doesNotContain("other");

            Files.writeString(file, text("clusterCIDR: 10.2.0.0/16\nclusterCidr: x\n"));
            await(() -> problems(agent).toString().contains("unknown field"));
            assertThat(problems(agent))
                    .singleElement()
                    .asString()
                    .contains("config.conf:7: clusterCidr: unknown field; did you mean clusterCIDR?")
                    .endsWith("the configuration read before stays in force");
            assertThat(configz(agent)).contains("\"cluster-cidr\":\"10.1.0.0/16\"");

            Files.writeString(file, "a: " + "[".repeat(16) + "]".repeat(16));
            await(() -> problems(agent).toString().contains("lists and mappings inside one another"));

            Files.delete(file);
            await(() -> problems(agent).toString().contains("there is no such file"));

            Files.writeString(folder.resolve("new"), text("clusterCIDR: 10.3.0.0/16\n"));
            Files.move(folder.resolve("new"), file, StandardCopyOption.ATOMIC_MOVE);
            await(() -> problems(agent).isEmpty());
            assertThat(configz(agent)).contains("\"cluster-cidr\":\"10.3.0.0/16\"");
        }
    }

    @Test
    void shouldSeeTheLinkOfAConfigMapSwapped() throws Exception {
        final Path mount = Files.createDirectory(folder.resolve("mount"));
        Files.createSymbolicLink(mount.resolve("..data"), Path.of("..first"));
        Files.createSymbolicLink(mount.resolve("config.conf"), Path.of("..data", "config.conf"));
        version(mount, "..first", "iptables: {masqueradeAll: false}\n");
        final Path file = mount.resolve("config.conf");
        try (Agent agent = Agent.start(read(file), InMemorySource.of(), _ -> {});
                FileWatch _ = ConfigReload.follow(file, () -> read(file), agent)) {
            assertThat(configz(agent)).contains("\"masquerade-all\":\"false\"");

            version(mount, "..second", "iptables: {masqueradeAll: true}\n");
            Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of("..second"));
            Files.move(mount.resolve("..data_tmp"), mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);

            await(() -> configz(agent).contains("\"masquerade-all\":\"true\""));
            assertThat(problems(agent)).isEmpty();
        }
    }

    private static void version(Path mount, String name, String more) throws IOException {
        Files.writeString(Files.createDirectory(mount.resolve(name)).resolve("config.conf"), text(more));
    }
}
