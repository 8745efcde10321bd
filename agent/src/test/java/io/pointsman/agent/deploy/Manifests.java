package io.pointsman.agent.deploy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reads the files of {@code deploy/}. */
final class Manifests {
    static final Path FOLDER = Path.of("..", "deploy");

    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "ServiceAccount", ServiceAccount.class,
            "ClusterRole", ClusterRole.class,
            "ClusterRoleBinding", ClusterRoleBinding.class,
            "ConfigMap", ConfigMap.class,
            "DaemonSet", DaemonSet.class);

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .setAnnotationIntrospector(new Strict());

    private Manifests() {}

    /** Refuses unknown fields, which the model would keep; here they are mistakes. */
    private static final class Strict extends JacksonAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public Boolean hasAnySetter(Annotated unused) {
            return false;
        }
    }

    static JsonNode tree(Path file) throws IOException {
        return YAML.readTree(Files.readString(file));
    }

    /** Parses an object of an expected kind, without fields unknown to Kubernetes. */
    static HasMetadata object(String text) throws IOException {
        final JsonNode tree = YAML.readTree(text);
        final Class<? extends HasMetadata> kind = KINDS.get(tree.path("kind").asText());
        if (kind == null) {
            throw new IOException("no such kind is expected: " + tree.path("kind"));
        }
        final HasMetadata object = YAML.treeToValue(tree, kind);
        if (!HasMetadata.getApiVersion(kind).equals(tree.path("apiVersion").asText())) {
            throw new IOException("apiVersion " + tree.path("apiVersion") + " of " + tree.path("kind"));
        }
        return object;
    }

    static <T> T only(List<HasMetadata> objects, Class<T> kind) {
        final List<T> found =
                objects.stream().filter(kind::isInstance).map(kind::cast).toList();
        if (found.size() != 1) {
            throw new IllegalStateException(found.size() + " objects of " + kind);
        }
        return found.getFirst();
    }

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    static List<Path> kustomizations() throws IOException {
        return files().stream()
                .filter(file -> file.endsWith("kustomization.yaml"))
                .toList();
    }

    /** Returns the values of a list that may be missing. */
    static List<JsonNode> list(JsonNode node, String name) {
        final List<JsonNode> values = new ArrayList<>();
        node.path(name).forEach(values::add);
        return values;
    }
}
