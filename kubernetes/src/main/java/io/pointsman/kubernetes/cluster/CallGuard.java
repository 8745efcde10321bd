package io.pointsman.kubernetes.cluster;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Ends calls that say nothing for too long, or take too long. Whoever reads them waits without a time-out. Thread-safe. */
final class CallGuard {
    private final Set<Guarded> calls = ConcurrentHashMap.newKeySet();
    private final LongSupplier nanoTime;
    private volatile Consumer<Duration> due = _ -> {};

    CallGuard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Who is told, from now on, that {@link #look} is to be called within some time. */
    void onDue(Consumer<Duration> told) {
        due = told;
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
            due.accept(newSilence.compareTo(newTotal) < 0 ? newSilence : newTotal);
        }

        /** A sign of life. */
        void progress() {
            lastSignNanos = nanoTime.getAsLong();
        }

        /** Why the guard ended the call; empty if it did not. */
        String overdue() {
            return overdue;
        }

        /** Returns how many nanoseconds it may be until it has to be looked at again. */
        private long look(long nowNanos) {
            if (!overdue.isEmpty()) {
                return Long.MAX_VALUE;
            }
            final long silenceLeft = lastSignNanos + silence.toNanos() - nowNanos;
            final long timeLeft = startNanos + total.toNanos() - nowNanos;
            if (silenceLeft > 0 && timeLeft > 0) {
                return Math.min(silenceLeft, timeLeft);
            }
            overdue = silenceLeft <= 0
                    ? "no sign of the server for " + text(silence) + ", the connection is given up"
                    : "not complete after " + text(total) + ", given up";
            cancel.run();
            return Long.MAX_VALUE;
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
        due.accept(silence);
        return call;
    }

    /** Ends what is overdue; returns how long it may be until something else is, unless another call comes. */
    Duration look() {
        final long nowNanos = nanoTime.getAsLong();
        long nextNanos = Alarm.NEVER.toNanos();
        for (Guarded call : calls) {
            nextNanos = Math.min(nextNanos, call.look(nowNanos));
        }
        return Duration.ofNanos(nextNanos);
    }

    /** Ends every call. */
    void cancelAll() {
        calls.forEach(call -> call.cancel.run());
    }
}
