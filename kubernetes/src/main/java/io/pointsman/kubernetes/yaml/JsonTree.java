package io.pointsman.kubernetes.yaml;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Converts Jackson's nodes to a {@link Tree}. */
public final class JsonTree {
    private JsonTree() {}

    public static Tree of(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                final Map<String, Tree> fields = new LinkedHashMap<>();
                node.properties().forEach(field -> fields.put(field.getKey(), of(field.getValue())));
                yield new Tree.Mapping(0, fields);
            }
            case ARRAY -> {
                final List<Tree> items = new ArrayList<>(node.size());
                node.forEach(item -> items.add(of(item)));
                yield new Tree.Sequence(0, items);
            }
            case NUMBER -> scalar(node.isIntegralNumber() ? Tree.Type.INTEGER : Tree.Type.OTHER_NUMBER, node);
            case BOOLEAN -> scalar(Tree.Type.BOOLEAN, node);
            case NULL, MISSING -> scalar(Tree.Type.NULL, node);
            case STRING, BINARY, POJO -> scalar(Tree.Type.STRING, node);
        };
    }

    private static Tree scalar(Tree.Type type, JsonNode node) {
        return new Tree.Scalar(0, type, node.asText());
    }
}
