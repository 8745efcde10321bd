package io.pointsman.spi.userspace.tcp;

/**
 * Unsent bytes of one side of a connection, which its socket does not take: the memory they hold, since when, and how fast
 * they are sent. On its event loop only.
 */
final class Backlog {
    private static final long WINDOW_NANOS = 1_000_000_000;

    private final Object about;
    private final Runnable cut;
    private long heldBytes;
    private long sinceNanos;
    private long sentBytes; // since sinceNanos
    int place; // index among the backlogs of its event loop

    /**
     * Creates an empty backlog.
     *
     * @param about the connection, for a log
     * @param cut action that ends the connection
     */
    Backlog(Object about, Runnable cut) {
        this.about = about;
        this.cut = cut;
    }

    Object about() {
        return about;
    }

    void cut() {
        cut.run();
    }

    /** Memory held, in bytes, which may be more than the bytes to send. */
    long heldBytes() {
        return heldBytes;
    }

    void begin(long nowNanos) {
        sinceNanos = nowNanos;
        sentBytes = 0;
    }

    void holds(long bytes) {
        heldBytes = bytes;
    }

    /**
     * Counts bytes that the socket took. With each second, older bytes count half as much, so that a reader that was fast
     * once does not stay privileged.
     */
    void sent(long bytes, long nowNanos) {
        final long elapsed = nowNanos - sinceNanos;
        if (elapsed > WINDOW_NANOS) {
            sinceNanos += elapsed / 2;
            sentBytes /= 2;
        }
        sentBytes += bytes;
    }

    /**
     * Time that the held bytes would take at the speed so far, in no particular unit: the side with the largest is cut
     * first.
     */
    double slowness(long nowNanos) {
        return (double) heldBytes * Math.max(1, nowNanos - sinceNanos) / (1.0 + sentBytes);
    }
}
