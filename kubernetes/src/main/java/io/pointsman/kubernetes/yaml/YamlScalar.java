package io.pointsman.kubernetes.yaml;

import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Types of plain YAML scalars: the core schema of YAML 1.2 (section 10.3), with numbers split as JSON needs. */
final class YamlScalar {
    /** An integer in JSON's form. Others, such as 0755 or 1_000, mean different values to different readers. */
    private static final Pattern INTEGER = Pattern.compile("-?(?:0|[1-9][0-9]*)");

    private static final Pattern OTHER_NUMBER =
            Pattern.compile("[-+]?(?:\\.[0-9]+|[0-9]+(?:\\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+"
                    + "|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)");

    private YamlScalar() {}

    static Tree.Type typeOf(String text) {
        if (text.isEmpty()) {
            return Tree.Type.NULL;
        }
        final char first = text.charAt(0);
        if ("+-.0123456789".indexOf(first) >= 0) {
            return INTEGER.matcher(text).matches()
                    ? Tree.Type.INTEGER
                    : OTHER_NUMBER.matcher(text).matches() ? Tree.Type.OTHER_NUMBER : Tree.Type.STRING;
        }
        return switch (text) {
            case "~", "null", "Null", "NULL" -> Tree.Type.NULL;
            case "true", "True", "TRUE", "false", "False", "FALSE" -> Tree.Type.BOOLEAN;
            default -> Tree.Type.STRING;
        };
    }

    /** Whether a tag names the scalar's own type; {@code !} and {@code !!str} make any scalar a string. */
    static boolean fits(String tag, String text) {
        if (tag.equals("!") || tag.equals(Tag.STR.getValue())) {
            return true;
        }
        return switch (typeOf(text)) {
            case INTEGER -> tag.equals(Tag.INT.getValue());
            case OTHER_NUMBER -> tag.equals(Tag.FLOAT.getValue());
            case BOOLEAN -> tag.equals(Tag.BOOL.getValue());
            case NULL -> tag.equals(Tag.NULL.getValue());
            case STRING -> false;
        };
    }
}
