package io.pointsman.lab;

import java.util.Optional;

/**
 * A step and what came of it.
 *
 * @param section of the tutorial, or of what goes beyond it
 * @param what who talks to whom, the same in every mode and run
 * @param family {@code IPv4}, {@code IPv6}, or {@code both}
 * @param command what was run
 * @param expected what the tutorial prints, or what must come of it
 * @param verdict passed, failed, or not done and why
 * @param journey the way of its packets, for a step that sends any
 */
record StepResult(
        String section,
        String what,
        String family,
        String command,
        String expected,
        String observed,
        Verdict verdict,
        long millis,
        Optional<Journey> journey) {
    /** What came of a step. */
    enum Verdict {
        PASSED,
        FAILED,
        SKIPPED
    }

    boolean isPassed() {
        return verdict == Verdict.PASSED;
    }
}
