package io.pointsman.kubernetes.cluster;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** Ends calls that say nothing for too long, or take too long. Whoever reads them waits without a time-out. Thread-safe. */
final class CallGuard {
    private final Set<Guarded> calls = ConcurrentHashMap.newKeySet();
    private final LongSupplier nanoTime;

    CallGuard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** One call under guard. Limits and progress are its reader's; the guard ends it from another thread. */
    final class Guarded implements AutoCloseable {
        private final Runnable cancel;
        private volatile Duration silence;
        private volatile Duration total;
        private volatile long startNanos;
        private volatile long lastSignNanos;
        private volatile String overdue = "";

        private Guarded(Runnable cancel, Duration silence) {
            this.cancel = cancel;
            this.silence = silence;
            this.total = Duration.ofDays(1);
            this.startNanos = nanoTime.getAsLong();
            this.lastSignNanos = startNanos;
        }

        /** New limits, counted from now. */
        void limit(Duration newSilence, Duration newTotal) {
            startNanos = nanoTime.getAsLong();
            lastSignNanos = startNanos;
            silence = newSilence;
            total = newTotal;
        }

        /** A sign of life. */
        void progress() {
            lastSignNanos = nanoTime.getAsLong();
        }

        /** Why the guard ended the call; empty if it did not. */
        String overdue() {
            return overdue;
        }

        private void check(long nowNanos) {
            if (!overdue.isEmpty()) {
                return;
            }
            if (nowNanos - lastSignNanos > silence.toNanos()) {
                overdue = "no sign of the server for " + text(silence) + ", the connection is given up";
                cancel.run();
            } else if (nowNanos - startNanos > total.toNanos()) {
                overdue = "not complete after " + text(total) + ", given up";
                cancel.run();
            }
        }

        private static String text(Duration duration) {
            return duration.toMillis() >= 1000 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
        }

        @Override
        public void close() {
            calls.remove(this);
        }
    }

    /** Takes a call under guard until it is closed. */
    Guarded watch(Runnable cancel, Duration silence) {
        final Guarded call = new Guarded(cancel, silence);
        calls.add(call);
        return call;
    }

    /** Looks at all of them. */
    void tick() {
        final long nowNanos = nanoTime.getAsLong();
        calls.forEach(call -> call.check(nowNanos));
    }

    /** Ends every call. */
    void cancelAll() {
        calls.forEach(call -> call.cancel.run());
    }
}
