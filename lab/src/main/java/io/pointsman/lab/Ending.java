package io.pointsman.lab;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Ends programs that the lab started. */
final class Ending {
    private Ending() {}

    /** Asks a program to end, and kills it if it does not end in time. */
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
