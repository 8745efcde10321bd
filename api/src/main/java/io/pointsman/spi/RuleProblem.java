package io.pointsman.spi;

import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Frontend;
import java.util.Objects;

/**
 * A rule that is not in force, or not fully.
 *
 * @param reason what is wrong and what to do, in words
 */
public record RuleProblem(Frontend frontend, ServicePortName owner, Kind kind, String reason) {
    public enum Kind {
        /** The backend never can do what the rule asks. */
        UNSUPPORTED,
        /** The host refused the rule, or something conflicts with it; tried again with each plan. */
        REFUSED,
        /** The rule is in force with a lesser outcome than it asks for; for example, the client's source is lost. */
        DEGRADED
    }

    public RuleProblem {
        Objects.requireNonNull(frontend, "frontend");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(reason, "reason");
    }
}
