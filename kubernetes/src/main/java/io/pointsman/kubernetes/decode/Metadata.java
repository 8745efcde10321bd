package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.model.ObjectName;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;

/** Reads the metadata that every object has. */
final class Metadata {
    private static final int MAX_NAME_LENGTH = 253; // RFC 1123 subdomain, the longest name the API server takes

    private final Field field;

    /** @param object the whole object */
    Metadata(Field object) throws RefusedException {
        field = object.get("metadata");
    }

    /** Returns name and namespace; an object without a namespace is in {@code default}. */
    ObjectName namespacedName() throws RefusedException {
        final Field namespace = field.get("namespace");
        return new ObjectName(namespace.text("").isEmpty() ? "default" : pathSegment(namespace), name());
    }

    String name() throws RefusedException {
        return pathSegment(field.get("name"));
    }

    /** Checks a name as the API server does for any kind (path segment names). A "/" would make two names look like one. */
    private static String pathSegment(Field field) throws RefusedException {
        final String name = field.requiredText();
        if (name.length() > MAX_NAME_LENGTH) {
            throw field.refused(Quoted.of(name) + " is longer than " + MAX_NAME_LENGTH + " characters");
        }
        if (name.equals(".") || name.equals("..") || name.indexOf('/') >= 0 || name.indexOf('%') >= 0) {
            throw field.refused(Quoted.of(name) + " can't be a name: no \"/\" or \"%\", and not \".\" or \"..\"");
        }
        return name;
    }

    Map<String, String> labels() throws RefusedException {
        return field.get("labels").texts();
    }

    Map<String, String> annotations() throws RefusedException {
        return field.get("annotations").texts();
    }

    Field label(String key) throws RefusedException {
        return field.get("labels").get(key);
    }

    boolean isBeingDeleted() throws RefusedException {
        return field.get("deletionTimestamp").isPresent();
    }

    Optional<Instant> createdAt() throws RefusedException {
        final Field created = field.get("creationTimestamp");
        final String text = created.text("");
        if (text.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(parseTime(text)
                .orElseThrow(() -> created.refused(Quoted.of(text) + " is not a time such as 2026-01-31T12:00:00Z")));
    }

    /** Parses a time of RFC 3339; empty if the text is not one. */
    static Optional<Instant> parseTime(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }
}
