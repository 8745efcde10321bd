package io.pointsman.testkit;

import io.pointsman.plan.ModeSemantics;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How one probe came out.
 *
 * @param path file, mode, case, step and probe, as far as there are
 * @param failure what was expected and what was found; empty when they agree
 */
public record ConformanceResult(List<String> path, ModeSemantics mode, Optional<String> failure) {
    public ConformanceResult {
        path = List.copyOf(path);
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(failure, "failure");
    }

    /** {@code file / mode / case / step / probe}, and the failure if it is one. */
    @Override
    public String toString() {
        return String.join(" / ", path) + failure.map(why -> ": " + why).orElse("");
    }
}
