package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.kubernetes.yaml.Tree;
import io.pointsman.model.IpAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A field of an object: a value or none, and its path. Null counts as none, as at the API server. Every reader refuses a
 * value of another type, naming the path, and never converts.
 */
public final class Field {
    private final @Nullable Field parent;
    private final String step;
    private final @Nullable Tree value;

    private Field(@Nullable Field parent, String step, @Nullable Tree value) {
        this.parent = parent;
        this.step = step;
        this.value = value instanceof Tree.Scalar scalar && scalar.type() == Tree.Type.NULL ? null : value;
    }

    public static Field root(Tree value) {
        return new Field(null, "", value);
    }

    boolean isPresent() {
        return value != null;
    }

    public Field get(String key) throws RefusedException {
        return switch (value) {
            case null -> new Field(this, key, null);
            case Tree.Mapping mapping -> new Field(this, key, mapping.fields().get(key));
            case Tree.Sequence _, Tree.Scalar _ -> throw wrongType("an object");
        };
    }

    /** Returns the elements of a list; empty if the field is absent. */
    public List<Field> items() throws RefusedException {
        return switch (value) {
            case null -> List.of();
            case Tree.Sequence sequence -> {
                final List<Field> items = new ArrayList<>(sequence.items().size());
                for (Tree item : sequence.items()) {
                    items.add(new Field(this, "[" + items.size() + "]", item));
                }
                yield items;
            }
            case Tree.Mapping _, Tree.Scalar _ -> throw wrongType("a list");
        };
    }

    /** Returns a map of strings; empty if absent. A null value is read as an empty string. */
    Map<String, String> texts() throws RefusedException {
        return switch (value) {
            case null -> Map.of();
            case Tree.Mapping mapping -> {
                final Map<String, String> texts = new LinkedHashMap<>();
                for (String key : mapping.fields().keySet()) {
                    texts.put(key, get(key).text(""));
                }
                yield texts;
            }
            case Tree.Sequence _, Tree.Scalar _ -> throw wrongType("an object");
        };
    }

    public String text(String otherwise) throws RefusedException {
        return value == null ? otherwise : scalar(Tree.Type.STRING, "a string");
    }

    /** Returns a string, which must be present and not empty. */
    String requiredText() throws RefusedException {
        final String text = text("");
        if (text.isEmpty()) {
            throw refused("is missing");
        }
        return text;
    }

    boolean flag(boolean otherwise) throws RefusedException {
        return value == null
                ? otherwise
                : scalar(Tree.Type.BOOLEAN, "true or false").equalsIgnoreCase("true");
    }

    /** Returns a whole number in the range, or the default if absent. */
    public int integer(int min, int max, int otherwise) throws RefusedException {
        return value == null ? otherwise : requiredInteger(min, max);
    }

    int requiredInteger(int min, int max) throws RefusedException {
        if (value == null) {
            throw refused("is missing: a number in " + min + ".." + max + " is needed");
        }
        final String text = scalar(Tree.Type.INTEGER, "a whole number in " + min + ".." + max);
        try {
            final int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException _) {
            // beyond 32 bits: out of any range, as reported below
        }
        throw refused(Quoted.plain(text) + " is not in " + min + ".." + max);
    }

    IpAddress address() throws RefusedException {
        final String text = requiredText();
        return IpAddress.tryParse(text).orElseThrow(() -> refused(Quoted.of(text) + " is not an IP address"));
    }

    private String scalar(Tree.Type wanted, String description) throws RefusedException {
        if (value instanceof Tree.Scalar scalar && scalar.type() == wanted) {
            return scalar.text();
        }
        throw wrongType(description);
    }

    private RefusedException wrongType(String wanted) {
        return refused(
                switch (value) {
                    case null -> "is missing: " + wanted + " is needed";
                    case Tree.Mapping _ -> "is an object, " + wanted + " is needed";
                    case Tree.Sequence _ -> "is a list, " + wanted + " is needed";
                    case Tree.Scalar scalar ->
                        (scalar.type() == Tree.Type.STRING ? Quoted.of(scalar.text()) : Quoted.plain(scalar.text()))
                                + " is " + scalar.type().text + ", " + wanted + " is needed";
                });
    }

    /** Creates an exception that says what is wrong with this field. */
    public RefusedException refused(String reason) {
        final String path = path();
        return new RefusedException(line(), path.isEmpty() ? "the object " + reason : path + ": " + reason);
    }

    int line() {
        if (value != null) {
            return value.line();
        }
        return parent == null ? 0 : parent.line();
    }

    private String path() {
        if (parent == null) {
            return step;
        }
        final String before = parent.path();
        return before.isEmpty() || step.startsWith("[") ? before + step : before + "." + Quoted.plain(step);
    }
}
