package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;

/**
 * A conformance file: inputs and their expected outcomes.
 *
 * @param kind what is tested: {@code packets}, {@code health} and so on
 * @param json the whole file, read-only
 */
public record ConformanceCase(String id, String title, Kind kind, Variant variant, JsonNode json) {
    /** Subject of a file's tests. */
    public enum Kind {
        PACKETS,
        ENDPOINT_SELECTION,
        SERVICE_TRACKING,
        ENDPOINT_TRACKING,
        SERVICE_CIDRS,
        METRICS,
        /** The agent's HTTP endpoints; not for {@link ConformancePlayer}. */
        HEALTH
    }

    public ConformanceCase {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(variant, "variant");
        Objects.requireNonNull(json, "json");
    }

    /** Returns the id, which names the file in a test report. */
    @Override
    public String toString() {
        return id;
    }
}
