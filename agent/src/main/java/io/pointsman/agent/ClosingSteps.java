package io.pointsman.agent;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes the parts of an agent in turn; none delays the rest for longer than its time limit. Used by one thread. */
final class ClosingSteps {
    private static final int MAX_FRAMES = 12;
    private static final Logger LOG = LoggerFactory.getLogger(ClosingSteps.class);

    private boolean allDone = true;

    /** Runs one close on a thread of its own, and goes on without it after the limit. */
    void close(String what, Duration limit, Runnable close) {
        final Thread closer = new Thread(close, "pointsman-close");
        closer.setDaemon(true);
        closer.setUncaughtExceptionHandler((_, failure) -> LOG.warn("closing {} failed", what, failure));
        closer.start();
        try {
            if (!closer.join(limit)) {
                allDone = false;
                LOG.warn(
                        "{} is not closed after {} ms, the agent ends without it; its thread is at {}",
                        what,
                        limit.toMillis(),
                        place(closer));
            }
        } catch (InterruptedException _) {
            allDone = false;
            Thread.currentThread().interrupt();
        }
    }

    /** Whether everything was closed within its limit. */
    boolean areAllDone() {
        return allDone;
    }

    /** Returns a thread's stack, innermost frame first, on one line. */
    static String place(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .limit(MAX_FRAMES)
                .map(StackTraceElement::toString)
                .collect(Collectors.joining(" < "));
    }
}
