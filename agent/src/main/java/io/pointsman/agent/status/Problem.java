package io.pointsman.agent.status;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Severity;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A state that differs from what the user asked for, or most likely meant.
 *
 * @param where file and line, Service and frontend, or address
 * @param reason what is wrong, what applies meanwhile, and what to do
 */
public record Problem(Origin origin, String where, Severity severity, String reason) implements Comparable<Problem> {
    /** Part of the agent that reports the problem. */
    public enum Origin {
        /** Manifests, the API server. */
        SOURCE,
        /** Requests of Services that a plan does not fulfil. */
        PLAN,
        /** The data plane. */
        BACKEND,
        /** Health check node ports. */
        HEALTH,
        /** A sync that failed unexpectedly: a bug. */
        SYNC,
        /** A failure that this process can't recover from, or an overdue sync. */
        PROCESS,
        /** The ports of the agent itself. */
        HTTP,
        /** A configured state that the host does not have. */
        HOST,
        /** A changed configuration of which all or a part can't be used. */
        CONFIGURATION,
        /** Connections that the engine would have decided differently from the kernel. */
        AUDIT,
        /** The socket at which commands on this host ask the agent. */
        CONTROL,
        /** Events of the node that can't be sent. */
        EVENTS,
        /** The agent itself. */
        AGENT;

        /** Returns the name in lower case. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Pattern SERVICE =
            Pattern.compile("Service ([^/]+)/(.+?)(, (TCP|UDP|SCTP) .*)?", Pattern.DOTALL);
    private static final Comparator<Problem> ORDER = Comparator.comparing(Problem::origin)
            .thenComparing(Problem::where)
            .thenComparing(Problem::severity)
            .thenComparing(Problem::reason);

    public Problem {
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(where, "where");
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(reason, "reason");
    }

    /** Creates an error: a request that is not fulfilled, or a part that does not work. */
    public Problem(Origin origin, String where, String reason) {
        this(origin, where, Severity.ERROR, reason);
    }

    /**
     * Reads a problem as {@link AgentStatus#toJson} writes it.
     *
     * @throws IllegalArgumentException if a field is missing or has no such value
     */
    public static Problem read(JsonNode json) {
        return new Problem(
                Origin.valueOf(json.required("origin").asText().toUpperCase(Locale.ROOT)),
                json.required("where").asText(),
                Severity.valueOf(json.required("severity").asText().toUpperCase(Locale.ROOT)),
                json.required("reason").asText());
    }

    /** Returns the Service that this is about, found in its location. */
    public Optional<ObjectName> service() {
        final Matcher matcher = SERVICE.matcher(where);
        return matcher.matches() ? Optional.of(new ObjectName(matcher.group(1), matcher.group(2))) : Optional.empty();
    }

    @Override
    public int compareTo(Problem other) {
        return ORDER.compare(this, other);
    }

    /** Returns {@code where: reason}, after {@code warning:} for a warning. */
    @Override
    public String toString() {
        return (severity == Severity.WARNING ? "warning: " : "") + where + ": " + reason;
    }
}
