package io.pointsman.agent.status;

import io.pointsman.model.Severity;
import java.util.Comparator;
import java.util.Locale;
import java.util.Objects;

/**
 * Something that is not as the user asked, or hardly meant it.
 *
 * @param where file and line, Service and frontend, or address
 * @param reason what is wrong, what holds meanwhile, what to do
 */
public record Problem(Origin origin, String where, Severity severity, String reason) implements Comparable<Problem> {
    /** Who found it. */
    public enum Origin {
        /** Manifests, the API server. */
        SOURCE,
        /** Services that ask for what a plan does not do. */
        PLAN,
        /** The data plane. */
        BACKEND,
        /** Health check node ports. */
        HEALTH,
        /** A sync that failed unexpectedly: a bug. */
        SYNC,
        /** What keeps this process from going on, or holds it up. */
        PROCESS,
        /** The ports of the agent itself. */
        HTTP,
        /** What the host is to have, and does not. */
        HOST,
        /** A configuration that changed, and can't be used, or not all of it. */
        CONFIGURATION,
        /** Connections that the kernel made and the engine would not have made so. */
        AUDIT,
        /** Where commands on this host ask the agent. */
        CONTROL,
        /** Events of the node that can't be sent. */
        EVENTS,
        /** The agent itself. */
        AGENT;

        /** In lower case. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

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

    /** Something that is not done, or does not work. */
    public Problem(Origin origin, String where, String reason) {
        this(origin, where, Severity.ERROR, reason);
    }

    @Override
    public int compareTo(Problem other) {
        return ORDER.compare(this, other);
    }

    /** {@code where: reason}, a warning being called one. */
    @Override
    public String toString() {
        return (severity == Severity.WARNING ? "warning: " : "") + where + ": " + reason;
    }
}
