package io.pointsman.spi.userspace.loop;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * Warning that any client can provoke, for example by opening connections until no descriptors are left. It is logged at
 * most once in ten seconds, in one line, with the number of times it was suppressed. Safe on any thread.
 */
public final class RareWarning {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Logger logger;
    private final String message;
    private final AtomicLong dueNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong untold = new AtomicLong();

    /** @param message format with placeholders for the subject and for the number of suppressed warnings */
    public RareWarning(Logger logger, String message) {
        this.logger = logger;
        this.message = message;
    }

    /** Logs the warning and, in the same line, its cause. */
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

    /** Logs at debug level, for failures that need no attention. */
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
