package io.pointsman.testserver;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.function.Predicate;

/** The few selectors that proxies use; any other is an error of the test. */
public final class Selector implements Predicate<JsonNode> {
    private final String fields;
    private final String labels;

    /** @param query query parameters of a request, decoded */
    public Selector(Map<String, String> query) {
        fields = query.getOrDefault("fieldSelector", "");
        labels = query.getOrDefault("labelSelector", "");
        if (!labels.isEmpty() && !labels.startsWith("!")) {
            throw new IllegalArgumentException("label selector " + labels);
        }
    }

    @Override
    public boolean test(JsonNode object) {
        final JsonNode metadata = object.get("metadata");
        final boolean byLabels = labels.isEmpty() || !metadata.path("labels").has(labels.substring(1));
        return byLabels
                && switch (fields) {
                    case "" -> true;
                    case "spec.clusterIP!=None" ->
                        !object.path("spec").path("clusterIP").asText("").equals("None");
                    default -> {
                        if (!fields.startsWith("metadata.name=")) {
                            throw new IllegalArgumentException("field selector " + fields);
                        }
                        yield fields.equals(
                                "metadata.name=" + metadata.get("name").asText());
                    }
                };
    }
}
