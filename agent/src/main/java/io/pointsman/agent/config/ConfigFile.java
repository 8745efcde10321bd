package io.pointsman.agent.config;

import io.pointsman.model.ConfigException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A configuration file: one YAML mapping of {@link Setting} keys, or a {@code KubeProxyConfiguration}, recognised by its
 * apiVersion. A list may be a YAML list or text with commas. The backend's keys are {@code backend.key}, or below
 * {@code backend}. Paths are relative to the file.
 */
public final class ConfigFile {
    private static final LoadSettings YAML = LoadSettings.builder()
            .setUseMarks(true)
            .setAllowDuplicateKeys(false)
            .setCodePointLimit(1 << 20)
            .setMaxAliasesForCollections(16)
            .build();

    private static final Set<String> NULLS = Set.of("~", "null"); // YAML 1.2's; the JSON schema takes "~" for a text
    private static final int MAX_DEPTH = 16; // kube-proxy's own file needs 4

    private final Path file;
    private final Set<String> seen = new HashSet<>();

    private ConfigFile(Path file) {
        this.file = file;
    }

    /**
     * Reads the file into a configuration.
     *
     * @throws ConfigException naming file, line, key, value and what is allowed
     */
    public static void read(Path file, AgentConfig.Builder config) throws ConfigException {
        read(file, config, new KubeProxyConfiguration());
    }

    /**
     * Reads the file into a configuration, then kube-proxy's flags.
     *
     * @throws ConfigException naming file and line, or flag, then key, value and what is allowed
     */
    public static void read(Path file, AgentConfig.Builder config, KubeProxyConfiguration flags)
            throws ConfigException {
        new ConfigFile(file).readInto(config, flags);
    }

    /**
     * Reads kube-proxy's flags into a configuration, without a file.
     *
     * @throws ConfigException naming flag, value and what is allowed
     */
    public static void readFlags(AgentConfig.Builder config, KubeProxyConfiguration flags) throws ConfigException {
        flags.apply(config, false);
    }

    private void readInto(AgentConfig.Builder config, KubeProxyConfiguration flags) throws ConfigException {
        try {
            final Optional<Node> root = new Compose(YAML).composeString(shallow(Files.readString(file)));
            if (root.isPresent() && KubeProxyDocument.isMeant(mapping(root.get()))) {
                final KubeProxyConfiguration whole = KubeProxyDocument.read(file, mapping(root.get()));
                whole.putAll(flags);
                whole.apply(config, true);
                return;
            }
            if (root.isPresent()) {
                readAll(mapping(root.get()), "", config);
            }
            flags.apply(config, false);
        } catch (NoSuchFileException e) {
            throw new ConfigException("configuration file " + file + ": there is no such file", e);
        } catch (CharacterCodingException e) {
            throw new ConfigException("configuration file " + file + " is not UTF-8", e);
        } catch (IOException e) {
            throw new ConfigException("configuration file " + file + " can't be read: " + e, e);
        } catch (YamlEngineException e) {
            throw new ConfigException(
                    "configuration file " + file + line(markOf(e)) + " is not YAML: " + e.getMessage(), e);
        }
    }

    /** Refuses deep nesting before nodes are composed: that calls itself for each level, without a limit. */
    private String shallow(String text) throws ConfigException {
        int depth = 0;
        for (Event event : new Parse(YAML).parseString(text)) {
            if (event instanceof CollectionStartEvent) {
                depth++;
            } else if (event instanceof CollectionEndEvent) {
                depth--;
            }
            if (depth > MAX_DEPTH) {
                throw new ConfigException(file + line(event.getStartMark()) + ": more than " + MAX_DEPTH
                        + " lists and mappings inside one another");
            }
        }
        return text;
    }

    private static Optional<Mark> markOf(YamlEngineException e) {
        return e instanceof MarkedYamlEngineException marked ? marked.getProblemMark() : Optional.empty();
    }

    private void readAll(MappingNode mapping, String prefix, AgentConfig.Builder config) throws ConfigException {
        for (NodeTuple entry : mapping.getValue()) {
            final String key = prefix + scalar("a key", entry.getKeyNode());
            final Node value = entry.getValueNode();
            if (!seen.add(key)) {
                throw wrong(entry.getKeyNode(), key + ": is given twice");
            }
            if (value instanceof MappingNode nested && (key + ".").equals(Setting.BACKEND_PREFIX)) {
                readAll(nested, Setting.BACKEND_PREFIX, config);
            } else if (key.startsWith(Setting.BACKEND_PREFIX)) {
                config.backendSetting(key.substring(Setting.BACKEND_PREFIX.length()), text(key, value));
            } else {
                set(entry, key, config);
            }
        }
    }

    private void set(NodeTuple entry, String key, AgentConfig.Builder config) throws ConfigException {
        final Optional<Setting> setting = Setting.of(key);
        if (setting.isEmpty()) {
            throw wrong(entry.getKeyNode(), "unknown key \"" + key + "\"; known: " + Setting.allKeys());
        }
        final String value = text(key, entry.getValueNode());
        try {
            setting.get().apply(config, setting.get().isPath() ? resolve(value) : value);
        } catch (ConfigException e) {
            throw wrong(entry.getValueNode(), e.getMessage());
        }
    }

    /** Returns the path as seen from the file's folder. One that is no path stays as it is: its setting refuses it. */
    private String resolve(String path) {
        try {
            return path.isEmpty()
                    ? path
                    : file.toAbsolutePath().resolveSibling(path).normalize().toString();
        } catch (InvalidPathException _) {
            return path;
        }
    }

    private MappingNode mapping(Node node) throws ConfigException {
        if (node instanceof MappingNode mapping) {
            return mapping;
        }
        throw wrong(node, "not a mapping of keys to values");
    }

    private String text(String key, Node node) throws ConfigException {
        if (node instanceof SequenceNode sequence) {
            final StringBuilder joined = new StringBuilder();
            for (Node element : sequence.getValue()) {
                joined.append(joined.isEmpty() ? "" : ",").append(scalar(key, element));
            }
            return joined.toString();
        }
        return scalar(key, node);
    }

    private String scalar(String what, Node node) throws ConfigException {
        if (!(node instanceof ScalarNode scalar)) {
            throw wrong(node, what + ": not a single value");
        }
        final String value = scalar.getValue();
        if (scalar.getScalarStyle() == ScalarStyle.PLAIN && NULLS.contains(value)) {
            throw wrong(node, what + ": " + value + " is no value; leave the key out for its default");
        }
        return value;
    }

    private ConfigException wrong(Node node, String reason) {
        return new ConfigException(file + line(node.getStartMark()) + ": " + reason);
    }

    private static String line(Optional<Mark> mark) {
        return mark.map(Mark::getLine).map(zeroBased -> ":" + (zeroBased + 1)).orElse("");
    }
}
