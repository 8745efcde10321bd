package io.pointsman.kubernetes.cluster;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Cancels calls that are silent for too long or take too long, so that their readers need no timeout. Thread-safe. */
final class CallGuard {
    private final Set<Guarded> calls = ConcurrentHashMap.newKeySet();
    private final LongSupplier nanoTime;
    private volatile Consumer<Duration> due = _ -> {};

    CallGuard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Sets the callback that gets the longest time until {@link #look} must be called. */
    void onDue(Consumer<Duration> told) {
        due = told;
    }

    /** A guarded call. Its reader sets limits and progress; the guard cancels it from another thread. */
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

        /** Sets new limits, counted from now. */
        void limit(Duration newSilence, Duration newTotal) {
            startNanos = nanoTime.getAsLong();
            lastSignNanos = startNanos;
            silence = newSilence;
            total = newTotal;
            due.accept(newSilence.compareTo(newTotal) < 0 ? newSilence : newTotal);
        }

        /** Records progress, which restarts the silence time. */
        void progress() {
            lastSignNanos = nanoTime.getAsLong();
        }

        /** Returns why the guard cancelled the call; empty if it did not. */
        String overdue() {
            return overdue;
        }

        /** Cancels the call if it is overdue. Returns the longest time in nanoseconds until the next look. */
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
                    ? "nothing received from the server for " + text(silence) + ", the connection is closed"
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

    /** Guards a call until it is closed. */
    Guarded watch(Runnable cancel, Duration silence) {
        final Guarded call = new Guarded(cancel, silence);
        calls.add(call);
        due.accept(silence);
        return call;
    }

    /** Cancels overdue calls. Returns the longest time until the next look, unless a call is added. */
    Duration look() {
        final long nowNanos = nanoTime.getAsLong();
        long nextNanos = Alarm.NEVER.toNanos();
        for (Guarded call : calls) {
            nextNanos = Math.min(nextNanos, call.look(nowNanos));
        }
        return Duration.ofNanos(nextNanos);
    }

    /** Cancels every call. */
    void cancelAll() {
        calls.forEach(call -> call.cancel.run());
    }
}
