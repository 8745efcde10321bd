package io.pointsman.testkit.contract;

import org.junit.jupiter.api.Assumptions;

/** Skips a test and prints the reason, which console summaries leave out. */
final class Skip {
    private Skip() {}

    static void because(String reason) {
        System.err.println("skipped: " + reason);
        Assumptions.abort(reason);
    }
}
