package io.pointsman.kubernetes.yaml;

import java.util.List;
import java.util.Map;

/** A YAML or JSON value, with the line it starts on, counted from 1; 0 if unknown. */
public sealed interface Tree {
    int line();

    /** Fields in the order written. */
    record Mapping(int line, Map<String, Tree> fields) implements Tree {}

    record Sequence(int line, List<Tree> items) implements Tree {}

    /** A single value, with its text as written, without quotes. */
    record Scalar(int line, Type type, String text) implements Tree {}

    /** Type of a scalar. Only {@link #INTEGER} may be a port: a number in JSON's form, without fraction or exponent. */
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
