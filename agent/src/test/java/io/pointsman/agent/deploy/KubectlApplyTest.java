package io.pointsman.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.Exchange;
import io.pointsman.testserver.FakeCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code kubectl apply --dry-run=client} with a server that lists the kinds and has no objects. Fields are not checked,
 * as that needs the server's own schema: {@link DeployTest} checks them.
 */
class KubectlApplyTest {
    private static final Map<String, List<String>> KINDS = Map.of(
            "v1",
            List.of("ServiceAccount", "ConfigMap"),
            "apps/v1",
            List.of("DaemonSet"),
            "rbac.authorization.k8s.io/v1",
            List.of("ClusterRole", "ClusterRoleBinding"));

    @TempDir
    private Path folder;

    private final ApiTestServer server = new ApiTestServer(new FakeCluster());

    /** Result of a call: its exit code and all that it printed. */
    private record Outcome(int code, String text) {}

    @BeforeEach
    void sayWhatThereIs() {
        final Map<String, String> answers = discovery();
        server.faults(exchange -> {
            final String answer = answers.get(exchange.path());
            if (answer == null) {
                answer(
                        exchange,
                        404,
                        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"reason\":\"NotFound\",\"code\":404}");
            } else {
                answer(exchange, 200, answer);
            }
            return true;
        });
    }

    private static void answer(Exchange exchange, int status, String json) throws IOException {
        exchange.answer(status, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> discovery() {
        final Map<String, String> answers = new TreeMap<>();
        final List<String> groups = new ArrayList<>();
        KINDS.forEach((version, kinds) -> {
            final List<String> resources = kinds.stream()
                    .map(kind -> """
                            {"name":"%ss","singularName":"","namespaced":%s,"kind":"%s","verbs":["create","get","patch"]}""".formatted(kind.toLowerCase(Locale.ROOT), !kind.startsWith("Cluster"), kind))
                    .toList();
            answers.put(
                    (version.equals("v1") ? "/api/" : "/apis/") + version,
                    "{\"kind\":\"APIResourceList\",\"groupVersion\":\"" + version + "\",\"resources\":["
                            + String.join(",", resources) + "]}");
            if (!version.equals("v1")) {
                groups.add("{\"name\":\"%s\",\"versions\":[{\"groupVersion\":\"%s\",\"version\":\"v1\"}]}"
                        .formatted(version.replace("/v1", ""), version));
            }
        });
        answers.put("/api", "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}");
        answers.put(
                "/apis",
                "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[" + String.join(",", groups) + "]}");
        return answers;
    }

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nftables", "userspace"})
    void shouldBeTaken(String overlay) throws Exception {
        final Outcome outcome = apply(
                "-k", Manifests.FOLDER.resolve("overlays").resolve(overlay).toString());

        assertThat(outcome.code()).as(outcome.text()).isZero();
        assertThat(outcome.text().replaceAll("-[a-z0-9]{10} ", " ").lines())
                .containsExactlyInAnyOrder(
                        "serviceaccount/pointsman created (dry run)",
                        "clusterrole.rbac.authorization.k8s.io/pointsman created (dry run)",
                        "clusterrolebinding.rbac.authorization.k8s.io/pointsman created (dry run)",
                        "configmap/pointsman-api-server created (dry run)",
                        "configmap/pointsman-config created (dry run)",
                        "daemonset.apps/pointsman created (dry run)");
    }

    @Test
    void shouldNotBeTakenWhereTheServerHasNoSuchKind() throws Exception {
        final Path file = Files.writeString(
                folder.resolve("old.yaml"), "apiVersion: apps/v1beta1\nkind: DaemonSet\nmetadata: {name: pointsman}\n");

        final Outcome outcome = apply("-f", file.toString());

        assertThat(outcome.code()).isNotZero();
        assertThat(outcome.text()).contains("no matches for kind \"DaemonSet\" in version \"apps/v1beta1\"");
    }

    /** Runs kubectl with a home of its own, in which it caches discovery. */
    private Outcome apply(String... what) throws Exception {
        Assumptions.assumeTrue(DeployTest.hasKubectl(), "kubectl is missing");
        final List<String> command = new ArrayList<>(
                List.of("kubectl", "--server", server.url(), "apply", "--dry-run=client", "--validate=false"));
        command.addAll(List.of(what));
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("KUBECONFIG");
        builder.environment().put("HOME", folder.toString());
        final Process kubectl = builder.start();
        final String text = new String(kubectl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(kubectl.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return new Outcome(kubectl.exitValue(), text);
    }
}
