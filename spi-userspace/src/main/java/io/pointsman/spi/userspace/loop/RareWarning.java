package io.pointsman.spi.userspace.loop;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * A warning that any client can provoke, by opening connections until there are no descriptors left, say: told at most once
 * in ten seconds, in one line, with how often it was left untold. Safe on any thread.
 */
public final class RareWarning {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Logger logger;
    private final String message;
    private final AtomicLong dueNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong untold = new AtomicLong();

    /** @param message with places for what it is about and for the number of times it was left untold */
    public RareWarning(Logger logger, String message) {
        this.logger = logger;
        this.message = message;
    }

    /** Its message and, in the same line, that of the cause. */
    public void warn(Object about, Throwable cause) {
        if (isDue()) {
            logger.warn(message + ": {}", about, untold.getAndSet(0), cause.toString());
            logger.debug("the same, and from where", cause);
        }
    }

    public void warn(Object about) {
        if (isDue()) {
            logger.warn(message, about, untold.getAndSet(0));
        }
    }

    /** What is no news to anybody but those who look for it. */
    public void debug(Object about, Throwable cause) {
        logger.debug(message, about, "-", cause);
    }

    private boolean isDue() {
        final long due = dueNanos.get();
        final long now = System.nanoTime();
        if (now - due >= 0 && dueNanos.compareAndSet(due, now + INTERVAL_NANOS)) {
            return true;
        }
        untold.incrementAndGet();
        return false;
    }
}
