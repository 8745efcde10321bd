package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Checks the fields of an {@code expect} object, each by the check registered for its name. */
final class Expectations {
    /** Checks one field's value. */
    interface FieldCheck {
        Check check(String field, JsonNode expected, World world);
    }

    private final Map<String, FieldCheck> checks = new TreeMap<>();

    /** Registers a check that {@code actual} equals the value that {@code expected} reads from the JSON. */
    <T> Expectations field(String name, Function<JsonNode, T> expected, Function<World, T> actual) {
        return field(name, (field, json, world) -> Check.equal(field, expected.apply(json), actual.apply(world)));
    }

    /** Registers a check for a field. */
    Expectations field(String name, FieldCheck check) {
        checks.put(name, check);
        return this;
    }

    /** Runs the check of each field present. */
    List<Check> check(JsonNode expect, World world) {
        Json.allowOnly(expect, "expect", checks.keySet());
        final List<Check> results = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : expect.properties()) {
            final FieldCheck check =
                    Optional.ofNullable(checks.get(field.getKey())).orElseThrow();
            results.add(check.check(field.getKey(), field.getValue(), world));
        }
        return results;
    }

    static Set<String> textSet(JsonNode json) {
        return new TreeSet<>(Json.texts(json));
    }

    /** Reads an object of numbers. */
    static Map<String, Integer> numbers(JsonNode json) {
        final Map<String, Integer> numbers = new TreeMap<>();
        json.properties().forEach(entry -> numbers.put(entry.getKey(), Json.number(entry.getValue())));
        return numbers;
    }

    static <T> Set<String> names(Iterable<T> things) {
        final Set<String> names = new TreeSet<>();
        things.forEach(thing -> names.add(thing.toString()));
        return names;
    }
}
