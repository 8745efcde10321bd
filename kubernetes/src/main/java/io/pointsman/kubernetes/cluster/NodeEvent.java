package io.pointsman.kubernetes.cluster;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Something to be told of a node.
 *
 * @param reason in one word, {@code FailedToStartMetricServer} for instance
 * @param action what was being done, in one word
 * @param note in words; cut at 1024 bytes, which is what an API server takes
 */
public record NodeEvent(Type type, String reason, String action, String note) {
    private static final Pattern WORD = Pattern.compile("[A-Za-z]{1,128}");

    /** How bad it is. */
    public enum Type {
        NORMAL("Normal"),
        WARNING("Warning");

        private final String text;

        Type(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    public NodeEvent {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(note, "note");
        if (!WORD.matcher(reason).matches() || !WORD.matcher(action).matches()) {
            throw new IllegalArgumentException(
                    "reason \"" + reason + "\" and action \"" + action + "\" are to be words");
        }
    }
}
