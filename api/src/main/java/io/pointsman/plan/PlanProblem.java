package io.pointsman.plan;

import io.pointsman.model.ObjectName;
import io.pointsman.model.Severity;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;

/**
 * A problem for a Service's owner: the plan does not do what was asked, or does what was probably not meant.
 *
 * @param frontend the frontend concerned; empty for the Service as a whole
 * @param reason what is wrong, what is done instead, and what to change
 */
public record PlanProblem(ObjectName service, Optional<Frontend> frontend, Severity severity, String reason)
        implements Comparable<PlanProblem> {
    private static final Comparator<Optional<Frontend>> BY_FRONTEND =
            Comparator.comparing(frontend -> frontend.orElse(null), Comparator.nullsFirst(Comparator.naturalOrder()));
    private static final Comparator<PlanProblem> ORDER = Comparator.comparing(PlanProblem::service)
            .thenComparing(PlanProblem::frontend, BY_FRONTEND)
            .thenComparing(PlanProblem::severity)
            .thenComparing(PlanProblem::reason);

    public PlanProblem {
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(frontend, "frontend");
        Objects.requireNonNull(severity, "severity");
        Objects.requireNonNull(reason, "reason");
    }

    /** Creates an error: what was asked for is not done. */
    public PlanProblem(ObjectName service, Optional<Frontend> frontend, String reason) {
        this(service, frontend, Severity.ERROR, reason);
    }

    static PlanProblem warning(ObjectName service, Optional<Frontend> frontend, String reason) {
        return new PlanProblem(service, frontend, Severity.WARNING, reason);
    }

    @Override
    public int compareTo(PlanProblem other) {
        return ORDER.compare(this, other);
    }

    /** Formats as {@code ns/name: TCP 10.0.0.1:80: reason}. */
    @Override
    public String toString() {
        return service + ": " + frontend.map(some -> some + ": ").orElse("") + reason;
    }
}
