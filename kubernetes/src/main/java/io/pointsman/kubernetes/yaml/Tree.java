package io.pointsman.kubernetes.yaml;

import java.util.List;
import java.util.Map;

/** A value as YAML and JSON know it, with the line it starts on, counted from 1; 0 where nobody knows the line. */
public sealed interface Tree {
    int line();

    /** Fields in the order written. */
    record Mapping(int line, Map<String, Tree> fields) implements Tree {}

    record Sequence(int line, List<Tree> items) implements Tree {}

    /** A single value, with its text as written but for quotes. */
    record Scalar(int line, Type type, String text) implements Tree {}

    /** What a scalar is. Only {@link #INTEGER} may be a port: a number as JSON writes it, without fraction or exponent. */
    enum Type {
        STRING("a string"),
        INTEGER("a number"),
        OTHER_NUMBER("a number"),
        BOOLEAN("a boolean"),
        NULL("null");

        public final String text;

        Type(String text) {
            this.text = text;
        }
    }
}
