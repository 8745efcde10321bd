package io.pointsman.lab;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The end of a program that the lab started. */
final class Ending {
    private Ending() {}

    /** Asks it to end, and ends it if it has not in time. */
    static void of(Process process, Duration patience) {
        process.destroy();
        try {
            if (process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
