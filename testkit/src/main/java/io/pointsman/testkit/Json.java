package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Reads conformance JSON strictly: unknown content is an error, never ignored. */
final class Json {
    private Json() {}

    /** Throws if the object has a field other than these. */
    static void allowOnly(JsonNode object, String where, Set<String> known) {
        final Set<String> unknown = new TreeSet<>();
        object.fieldNames().forEachRemaining(unknown::add);
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    where + " has " + unknown + ", which this player does not know; it knows " + new TreeSet<>(known));
        }
    }

    static JsonNode required(JsonNode object, String field) {
        final JsonNode value = object.path(field);
        if (value.isMissingNode()) {
            throw new IllegalArgumentException("no \"" + field + "\" in " + object);
        }
        return value;
    }

    static String text(JsonNode object, String field) {
        final JsonNode value = required(object, field);
        if (!value.isTextual()) {
            throw new IllegalArgumentException("\"" + field + "\" is not text: " + value);
        }
        return value.textValue();
    }

    static String text(JsonNode object, String field, String absent) {
        return object.has(field) ? text(object, field) : absent;
    }

    static int number(JsonNode object, String field) {
        return number(required(object, field));
    }

    static int number(JsonNode value) {
        if (!value.isInt()) {
            throw new IllegalArgumentException("not a whole number: " + value);
        }
        return value.intValue();
    }

    static boolean flag(JsonNode object, String field) {
        return flag(required(object, field));
    }

    static boolean flag(JsonNode object, String field, boolean absent) {
        return object.has(field) ? flag(object, field) : absent;
    }

    static boolean flag(JsonNode value) {
        if (!value.isBoolean()) {
            throw new IllegalArgumentException("neither true nor false: " + value);
        }
        return value.booleanValue();
    }

    /** Returns the strings of an array; empty if the field is absent. */
    static List<String> texts(JsonNode object, String field) {
        return texts(object.path(field));
    }

    static List<String> texts(JsonNode array) {
        final List<String> texts = new ArrayList<>();
        for (JsonNode item : items(array)) {
            if (!item.isTextual()) {
                throw new IllegalArgumentException("not text: " + item);
            }
            texts.add(item.textValue());
        }
        return texts;
    }

    /** Returns the elements of an array; empty if it is absent. */
    static Iterable<JsonNode> items(JsonNode array) {
        if (!array.isMissingNode() && !array.isArray()) {
            throw new IllegalArgumentException("not a list: " + array);
        }
        return array;
    }

    /** Returns a field, or a missing node if it is absent. */
    static JsonNode optional(JsonNode object, String field) {
        return object.has(field) ? required(object, field) : MissingNode.getInstance();
    }

    /** Returns the enum constant of a name in {@code lower-case-with-dashes}, or in its own case. */
    static <E extends Enum<E>> E choice(Class<E> type, String text) {
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(text)
                    || constant.name()
                            .toLowerCase(Locale.ROOT)
                            .replace('_', '-')
                            .equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" is none of " + Arrays.toString(type.getEnumConstants()));
    }
}
