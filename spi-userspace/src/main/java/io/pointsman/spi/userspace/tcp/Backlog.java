package io.pointsman.spi.userspace.tcp;

/**
 * What one side of a connection has to send and its socket does not take: how much memory that holds, since when, and how
 * fast it goes. On its event loop only.
 */
final class Backlog {
    private static final long WINDOW_NANOS = 1_000_000_000;

    private final Object about;
    private final Runnable cut;
    private long heldBytes;
    private long sinceNanos;
    private long sentBytes; // since then
    int place; // among the backlogs of its event loop

    /**
     * @param about whose it is, for a log
     * @param cut ends the connection
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

    /** Of memory, which may be more than there is to send. */
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

    /** The socket took some. What was long ago counts half as much with each second, so that nobody lives on old merits. */
    void sent(long bytes, long nowNanos) {
        final long elapsed = nowNanos - sinceNanos;
        if (elapsed > WINDOW_NANOS) {
            sinceNanos += elapsed / 2;
            sentBytes /= 2;
        }
        sentBytes += bytes;
    }

    /** How long what is held would take to go at the speed so far, in no particular unit: the largest is to be cut first. */
    double slowness(long nowNanos) {
        return (double) heldBytes * Math.max(1, nowNanos - sinceNanos) / (1.0 + sentBytes);
    }
}
