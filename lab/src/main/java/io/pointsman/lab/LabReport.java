package io.pointsman.lab;

import java.util.List;

/**
 * Result of a whole run.
 *
 * @param seconds from start to end, with all modes
 */
record LabReport(List<ModeReport> modes, double seconds) {
    /**
     * Result of one mode.
     *
     * @param reason why it could not be played; empty if it was
     */
    record ModeReport(String mode, String reason, List<StepResult> steps) {
        ModeReport {
            steps = List.copyOf(steps);
        }

        boolean wasPlayed() {
            return !steps.isEmpty();
        }

        long count(StepResult.Verdict verdict) {
            return steps.stream().filter(step -> step.verdict() == verdict).count();
        }
    }

    LabReport {
        modes = List.copyOf(modes);
    }

    /** Whether this mode was played; always true for {@code all}. */
    boolean wasPlayed(String mode) {
        return mode.equals(LabCommand.ALL)
                || modes.stream().anyMatch(report -> report.mode().equals(mode) && report.wasPlayed());
    }

    /** Whether some mode was played and no step failed. */
    boolean isPassed() {
        return modes.stream().anyMatch(ModeReport::wasPlayed)
                && modes.stream().allMatch(mode -> mode.count(StepResult.Verdict.FAILED) == 0);
    }
}
