package io.pointsman.lab;

import java.util.Optional;

/**
 * A step and its result.
 *
 * @param section section of the tutorial, or of the additional steps
 * @param what client and destination, the same in every mode and run
 * @param family {@code IPv4}, {@code IPv6}, or {@code both}
 * @param command the command that was run
 * @param expected what the tutorial prints, or what is right
 * @param verdict passed, failed or skipped
 * @param millis duration in milliseconds
 * @param journey path of its packets, for a step that sends any
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
    /** Verdict on a step. */
    enum Verdict {
        PASSED,
        FAILED,
        SKIPPED
    }

    boolean isPassed() {
        return verdict == Verdict.PASSED;
    }
}
