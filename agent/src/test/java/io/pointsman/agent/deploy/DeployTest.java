package io.pointsman.agent.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Manifests of {@code deploy/}: their content, their validity for Kubernetes, and their consistency. */
class DeployTest {
    /** Files that are not Kubernetes objects. */
    private static final List<String> OTHERS =
            List.of("kustomization.yaml", "pointsman.yaml", "README.md", "alerts.yaml", "dashboard.json");

    @TempDir
    private Path folder;

    @Test
    void shouldSayNothingThatKubernetesDoesNotKnow() throws IOException {
        int objects = 0;
        for (Path file : Manifests.files()) {
            if (!OTHERS.contains(String.valueOf(file.getFileName()))) {
                assertThat(Manifests.object(Files.readString(file)))
                        .as(file.toString())
                        .isNotNull();
                objects++;
            }
        }
        for (Path file : Manifests.kustomizations()) {
            for (JsonNode patch : Manifests.list(Manifests.tree(file), "patches")) {
                if (patch.has("patch")) {
                    assertThat(Manifests.object(patch.get("patch").asText()))
                            .as(file.toString())
                            .isNotNull();
                    objects++;
                }
            }
        }
        assertThat(objects).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{apiVersion: apps/v1, kind: DaemonSet, spec: {template: {spec: {hostNetwrok: true}}}}",
                "{apiVersion: apps/v1, kind: DaemonSet, spec: {template: {spec: {containers: [{probes: []}]}}}}",
                "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, rules: [{verb: [list]}]}",
                "{apiVersion: apps/v1beta1, kind: DaemonSet}",
                "{apiVersion: v1, kind: Secret}"
            })
    void shouldNoticeWhatKubernetesDoesNotKnow(String text) {
        assertThatThrownBy(() -> Manifests.object(text)).isInstanceOf(IOException.class);
    }

    @Test
    void shouldFindAllThatKustomizeIsLedTo() throws IOException {
        final Set<Path> reached = new TreeSet<>();
        for (Path file : Manifests.kustomizations()) {
            final Path here = file.resolveSibling("");
            final JsonNode tree = Manifests.tree(file);
            final List<String> names = new ArrayList<>();
            Manifests.list(tree, "resources").forEach(name -> names.add(name.asText()));
            Manifests.list(tree, "components").forEach(name -> names.add(name.asText()));
            Manifests.list(tree, "patches").stream()
                    .filter(patch -> patch.has("path"))
                    .forEach(patch -> names.add(patch.get("path").asText()));
            for (JsonNode generator : Manifests.list(tree, "configMapGenerator")) {
                Manifests.list(generator, "files").forEach(name -> names.add(name.asText()));
            }
            for (String name : names) {
                final Path found = here.resolve(name).normalize();
                assertThat(Files.isDirectory(found) ? found.resolve("kustomization.yaml") : found)
                        .as("%s of %s", name, file)
                        .isRegularFile();
                reached.add(found);
            }
        }
        assertThat(Manifests.files())
                .filteredOn(file -> !file.endsWith("kustomization.yaml") && !file.endsWith("README.md"))
                .filteredOn(file -> !file.startsWith(Manifests.FOLDER.resolve("monitoring")))
                .isSubsetOf(reached);
    }

    /** Returns the output of {@code kubectl kustomize}. */
    private List<HasMetadata> rendered(Path kustomization) throws Exception {
        Assumptions.assumeTrue(hasKubectl(), "kubectl is missing");
        final Path errors = folder.resolve("errors");
        final Process kubectl = new ProcessBuilder("kubectl", "kustomize", kustomization.toString())
                .redirectError(errors.toFile())
                .start();
        final String text = new String(kubectl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(kubectl.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(kubectl.exitValue()).as(Files.readString(errors)).isZero();
        final List<HasMetadata> objects = new ArrayList<>();
        for (String object : text.split("(?m)^---$", -1)) {
            objects.add(Manifests.object(object));
        }
        return objects;
    }

    static boolean hasKubectl() throws Exception {
        return new ProcessBuilder("sh", "-c", "kubectl version --client >/dev/null 2>&1")
                        .start()
                        .waitFor()
                == 0;
    }

    @ParameterizedTest
    @CsvSource({"iptables, NET_ADMIN NET_RAW", "nftables, NET_ADMIN", "userspace, NET_ADMIN NET_BIND_SERVICE"})
    void shouldRunOnEveryNodeWithTheLeastThatItsModeTakes(String overlay, String capabilities) throws Exception {
        final List<HasMetadata> objects =
                rendered(Manifests.FOLDER.resolve("overlays").resolve(overlay));

        final PodSpec pod =
                Manifests.only(objects, DaemonSet.class).getSpec().getTemplate().getSpec();
        assertThat(pod.getHostNetwork()).isTrue();
        assertThat(pod.getPriorityClassName()).isEqualTo("system-node-critical");
        assertThat(pod.getTolerations()).singleElement().satisfies(all -> {
            assertThat(all.getOperator()).isEqualTo("Exists");
            assertThat(all.getKey()).isNull();
        });
        final Container container = pod.getContainers().getFirst();
        assertThat(container.getSecurityContext().getPrivileged()).isFalse();
        assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(container.getSecurityContext().getCapabilities().getAdd())
                .containsExactly(capabilities.split(" ", -1));
        assertThat(container.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/livez");
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nftables", "userspace"})
    void shouldMountTheConfigurationOfItsModeAndBeBoundToItsRole(String overlay) throws Exception {
        final List<HasMetadata> objects =
                rendered(Manifests.FOLDER.resolve("overlays").resolve(overlay));

        final PodSpec pod =
                Manifests.only(objects, DaemonSet.class).getSpec().getTemplate().getSpec();
        final Map<String, ConfigMap> maps = new TreeMap<>();
        objects.stream()
                .filter(ConfigMap.class::isInstance)
                .forEach(map -> maps.put(map.getMetadata().getName(), (ConfigMap) map));
        final String mounted = pod.getVolumes().stream()
                .filter(volume -> volume.getName().equals("config"))
                .findFirst()
                .orElseThrow()
                .getConfigMap()
                .getName();
        assertThat(maps).containsKey(mounted);
        assertThat(Objects.requireNonNull(maps.get(mounted)).getData().get("pointsman.yaml"))
                .contains("mode: " + overlay + "\n");
        assertThat(maps)
                .containsKey(pod.getContainers()
                        .getFirst()
                        .getEnvFrom()
                        .getFirst()
                        .getConfigMapRef()
                        .getName());
        assertThat(pod.getContainers().getFirst().getVolumeMounts()).allSatisfy(mount -> assertThat(pod.getVolumes())
                .anyMatch(volume -> volume.getName().equals(mount.getName())));
        final ClusterRoleBinding binding = Manifests.only(objects, ClusterRoleBinding.class);
        assertThat(binding.getSubjects().getFirst().getName()).isEqualTo(pod.getServiceAccountName());
        assertThat(binding.getSubjects().getFirst().getNamespace())
                .isEqualTo(
                        Manifests.only(objects, DaemonSet.class).getMetadata().getNamespace());
    }

    @Test
    void shouldRunOnNodesThatAreLabelledForItWhereThatIsWanted() throws Exception {
        final Path deploy = folder.resolve("deploy");
        for (Path file : Manifests.files()) {
            final Path copy = deploy.resolve(Manifests.FOLDER.relativize(file).toString());
            Files.createDirectories(copy.resolveSibling(""));
            Files.copy(file, copy);
        }
        final Path own = Files.createDirectory(deploy.resolve("own"));
        Files.writeString(own.resolve("kustomization.yaml"), """
                resources: [../overlays/iptables]
                components: [../components/by-node]
                """);

        final PodSpec pod = Manifests.only(rendered(own), DaemonSet.class)
                .getSpec()
                .getTemplate()
                .getSpec();

        assertThat(pod.getNodeSelector())
                .isEqualTo(Map.of("kubernetes.io/os", "linux", "pointsman.io/proxy", "pointsman"));
    }
}
