package io.pointsman.kubernetes.cluster;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * An event to report about a node.
 *
 * @param reason one word, {@code FailedToStartMetricServer} for example
 * @param action the action that was tried, in one word
 * @param note the text; cut at 1024 bytes, the API server's limit
 */
public record NodeEvent(Type type, String reason, String action, String note) {
    private static final Pattern WORD = Pattern.compile("[A-Za-z]{1,128}");

    /** Type of an event, as Kubernetes names it. */
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
