package io.pointsman.testserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * Applies the two patches that {@code kubectl patch} sends for Services: {@code --type=merge} and, by default, strategic.
 */
public final class Patches {
    /** Lists that a strategic patch merges item by item, with the key field (k8s.io/api/core/v1, patchMergeKey). */
    private static final Map<String, String> MERGE_KEYS = Map.of("ports", "port");

    private Patches() {}

    /** Applies a JSON merge patch (RFC 7386). */
    public static void merge(ObjectNode target, JsonNode patch) {
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            if (field.getValue().isNull()) {
                target.remove(field.getKey());
            } else if (field.getValue().isObject()) {
                merge(inner(target, field.getKey()), field.getValue());
            } else {
                target.set(field.getKey(), field.getValue());
            }
        }
    }

    private static ObjectNode inner(ObjectNode target, String name) {
        return target.get(name) instanceof ObjectNode inner ? inner : target.putObject(name);
    }

    /**
     * Applies a strategic merge patch: a JSON merge patch, except that the ports of a Service are merged by number.
     *
     * @throws IllegalArgumentException for a directive ({@code $patch} and the like), which is not supported, or a port
     *     without a number
     */
    public static void mergeStrategically(ObjectNode target, JsonNode patch) {
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            final String name = field.getKey();
            final JsonNode value = field.getValue();
            if (name.startsWith("$")) {
                throw new IllegalArgumentException("directive " + name + " is not known");
            }
            final String mergeKey = MERGE_KEYS.get(name);
            if (value.isNull()) {
                target.remove(name);
            } else if (value.isObject()) {
                mergeStrategically(inner(target, name), value);
            } else if (mergeKey != null && value.isArray() && target.get(name) instanceof ArrayNode items) {
                value.forEach(item -> mergeItem(items, item, mergeKey));
            } else {
                target.set(name, value);
            }
        }
    }

    private static void mergeItem(ArrayNode items, JsonNode item, String mergeKey) {
        final JsonNode key = item.get(mergeKey);
        if (key == null) {
            throw new IllegalArgumentException("an item of a list is known by " + mergeKey + ", which is missing");
        }
        for (JsonNode existing : items) {
            if (existing instanceof ObjectNode same && key.equals(existing.get(mergeKey))) {
                mergeStrategically(same, item);
                return;
            }
        }
        items.add(item);
    }
}
