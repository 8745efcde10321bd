package io.pointsman.testkit.contract;

import org.junit.jupiter.api.Assumptions;

/** Leaves a test out and says why where everybody sees it: a skipped test's reason is in no console summary. */
final class Skip {
    private Skip() {}

    static void because(String reason) {
        System.err.println("skipped: " + reason);
        Assumptions.abort(reason);
    }
}
