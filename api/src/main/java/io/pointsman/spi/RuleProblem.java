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
        /** The backend can't do what the rule asks, ever. */
        UNSUPPORTED,
        /** The host refused it, or something else is in the way; tried again with each plan. */
        REFUSED,
        /** In force, but with a lesser outcome than the rule asks: the client's source is lost, say. */
        DEGRADED
    }

    public RuleProblem {
        Objects.requireNonNull(frontend, "frontend");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(reason, "reason");
    }
}
