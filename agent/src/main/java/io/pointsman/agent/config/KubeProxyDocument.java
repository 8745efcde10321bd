package io.pointsman.agent.config;

import io.pointsman.model.ConfigException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads the YAML or JSON of a {@code KubeProxyConfiguration}. Refuses an unknown field, and names the most similar one. */
final class KubeProxyDocument {
    private static final String API_VERSION = "apiVersion";
    private static final String KIND = "kind";

    private final Path file;
    private final KubeProxyConfiguration read = new KubeProxyConfiguration();
    private final Set<String> seen = new HashSet<>();

    private KubeProxyDocument(Path file) {
        this.file = file;
    }

    /** Whether a document claims to be a Kubernetes object, as the agent's own files never do. */
    static boolean isMeant(MappingNode root) {
        return root.getValue().stream()
                .anyMatch(entry -> entry.getKeyNode() instanceof ScalarNode key
                        && (key.getValue().equals(API_VERSION) || key.getValue().equals(KIND)));
    }

    /**
     * Returns all fields that the document gives.
     *
     * @throws ConfigException naming file, line and field
     */
    static KubeProxyConfiguration read(Path file, MappingNode root) throws ConfigException {
        final KubeProxyDocument document = new KubeProxyDocument(file);
        document.requireText(root, API_VERSION, KubeProxyConfiguration.API_VERSION);
        document.requireText(root, KIND, KubeProxyConfiguration.KIND);
        document.readAll(root, "");
        return document.read;
    }

    private void requireText(MappingNode root, String key, String wanted) throws ConfigException {
        final Optional<Node> value = root.getValue().stream()
                .filter(entry -> entry.getKeyNode() instanceof ScalarNode name
                        && name.getValue().equals(key))
                .map(NodeTuple::getValueNode)
                .findFirst();
        if (value.isEmpty()
                || !(value.get() instanceof ScalarNode scalar)
                || !scalar.getValue().equals(wanted)) {
            throw wrong(value.orElse(root), key + ": only " + wanted + " is known here");
        }
    }

    private void readAll(MappingNode mapping, String parent) throws ConfigException {
        for (NodeTuple entry : mapping.getValue()) {
            final String path = parent + scalar(entry.getKeyNode(), parent);
            if (!seen.add(path)) {
                throw wrong(entry.getKeyNode(), path + ": is given twice");
            }
            if (!path.equals(API_VERSION) && !path.equals(KIND)) {
                readOne(path, entry);
            }
        }
    }

    private void readOne(String path, NodeTuple entry) throws ConfigException {
        final Node value = entry.getValueNode();
        final Optional<KubeProxyField> field = KubeProxyField.of(path);
        if (field.isPresent()) {
            read.put(field.get(), text(field.get(), value), place(value));
        } else if (!KubeProxyField.isParent(path)) {
            throw wrong(
                    entry.getKeyNode(),
                    path + ": unknown field"
                            + Nearest.to(path, KubeProxyField.paths())
                                    .map(near -> "; did you mean " + near + "?")
                                    .orElse(""));
        } else if (value instanceof MappingNode nested) {
            readAll(nested, path + ".");
        } else if (!isNull(value)) {
            throw wrong(value, path + ": not a mapping of fields to values");
        }
    }

    private String text(KubeProxyField field, Node value) throws ConfigException {
        if (isNull(value)) {
            return "";
        }
        return switch (field.kind()) {
            case TREE -> tree(field, value);
            case LIST -> list(field, value);
            case PATH -> {
                final String path = scalar(value, field.path());
                try {
                    yield path.isEmpty()
                            ? ""
                            : file.toAbsolutePath()
                                    .resolveSibling(path)
                                    .normalize()
                                    .toString();
                } catch (InvalidPathException e) {
                    throw wrong(value, field.path() + ": " + e.getMessage());
                }
            }
            case TEXT, FLAG, NUMBER, DURATION -> scalar(value, field.path());
        };
    }

    /** Returns a non-empty text if the mapping has entries; their content does not matter. */
    private String tree(KubeProxyField field, Node value) throws ConfigException {
        if (value instanceof MappingNode mapping) {
            return mapping.getValue().isEmpty() ? "" : "given";
        }
        throw wrong(value, field.path() + ": not a mapping of fields to values");
    }

    private String list(KubeProxyField field, Node value) throws ConfigException {
        if (!(value instanceof SequenceNode sequence)) {
            throw wrong(value, field.path() + ": not a list");
        }
        final StringBuilder joined = new StringBuilder();
        for (Node element : sequence.getValue()) {
            joined.append(joined.isEmpty() ? "" : ",").append(scalar(element, field.path()));
        }
        return joined.toString();
    }

    private static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private String scalar(Node node, String path) throws ConfigException {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw wrong(node, path + ": not a single value");
    }

    private String place(Node node) {
        return file
                + node.getStartMark()
                        .map(Mark::getLine)
                        .map(zeroBased -> ":" + (zeroBased + 1))
                        .orElse("");
    }

    private ConfigException wrong(Node node, String reason) {
        return new ConfigException(place(node) + ": " + reason);
    }
}
