package io.pointsman.testkit;

import io.pointsman.plan.ModeSemantics;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Result of one check.
 *
 * @param path file, mode, case, step and check, as far as these exist
 * @param failure what was expected and what was found; empty for a passed check
 */
public record ConformanceResult(List<String> path, ModeSemantics mode, Optional<String> failure) {
    public ConformanceResult {
        path = List.copyOf(path);
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(failure, "failure");
    }

    /** Formats as {@code file / mode / case / step / check}, followed by the failure if any. */
    @Override
    public String toString() {
        return String.join(" / ", path) + failure.map(why -> ": " + why).orElse("");
    }
}
