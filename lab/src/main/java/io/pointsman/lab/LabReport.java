package io.pointsman.lab;

import java.util.List;

/**
 * What came of a whole run.
 *
 * @param seconds from start to end, every mode included
 */
record LabReport(List<ModeReport> modes, double seconds) {
    /**
     * What came of one mode.
     *
     * @param reason why it could not be played; empty when it was
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

    /** Whether this mode was; {@code all} always was. */
    boolean wasPlayed(String mode) {
        return mode.equals(LabCommand.ALL)
                || modes.stream().anyMatch(report -> report.mode().equals(mode) && report.wasPlayed());
    }

    /** Something was played, and nothing that was failed. */
    boolean isPassed() {
        return modes.stream().anyMatch(ModeReport::wasPlayed)
                && modes.stream().allMatch(mode -> mode.count(StepResult.Verdict.FAILED) == 0);
    }
}
