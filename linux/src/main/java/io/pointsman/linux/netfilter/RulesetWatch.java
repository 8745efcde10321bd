package io.pointsman.linux.netfilter;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.NetlinkSocket.Received;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a check as soon as the kernel reports that another program changed rules of ours, and after each quiet period; by
 * polling where nothing is reported.
 */
public final class RulesetWatch {
    private static final int QUIET_MILLIS = 50;
    private static final int MILLIS = 1000;
    /** Minimum time between two checks, so that a program that keeps changing our rules is corrected no more often. */
    private static final int MIN_GAP_MILLIS = 1000;

    private final String backend;
    private final Subject subject;
    private final int seconds;
    private final Runnable check;
    private final Consumer<String> warning;

    /** Rules that are watched. Called by one thread at a time. */
    public interface Subject {
        /** Opens the events of the rules; empty if the kernel reports none, so that they are polled. */
        Optional<Ruleset> listen() throws KernelException;

        /** Whether an event, other than a commit, may be another program's change of our rules. */
        boolean isTouchedBy(RulesetEvent event);

        /**
         * Records that a transaction was committed.
         *
         * @param isTouched whether one of its events touched our rules
         * @return whether our rules must be checked
         */
        boolean isSuspicious(int generation, boolean isTouched);
    }

    private @Nullable Thread thread;
    private @Nullable Ruleset events;
    private volatile boolean stopped;
    /** Whether the transaction whose events are arriving touches our rules; used by the watching thread. */
    private boolean isTouched;

    private boolean isSuspicious;

    /**
     * Creates a watch that is not started.
     *
     * @param backend its name, for the thread's name
     * @param seconds longest time between checks; 0: never watch
     * @param check compares and repairs; must not throw
     * @param warning receives a sentence if the kernel's events can't be received
     */
    public RulesetWatch(String backend, Subject subject, int seconds, Runnable check, Consumer<String> warning) {
        this.backend = backend;
        this.subject = subject;
        this.seconds = seconds;
        this.check = check;
        this.warning = warning;
    }

    /** Starts the watch, once. */
    public synchronized void start() {
        if (seconds == 0 || thread != null || stopped) {
            return;
        }
        Runnable loop = this::poll;
        try {
            final Ruleset opened = subject.listen().orElse(null);
            if (opened != null) {
                events = opened;
                loop = () -> listen(opened);
            }
        } catch (KernelException e) {
            warning.accept("the kernel won't report changes of rules, so they are polled: " + e.getMessage());
        }
        thread = Thread.ofPlatform().name(backend + "-watch").daemon().start(loop);
    }

    /** Stops the watch for good. */
    public synchronized void stop() {
        stopped = true;
        if (events != null) {
            events.close();
        }
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void poll() {
        while (pause(seconds * MILLIS)) {
            check.run();
        }
    }

    private void listen(Ruleset opened) {
        try {
            while (!stopped) {
                Received received = opened.receive(seconds * MILLIS, this::note);
                for (int i = 0; i < MILLIS / QUIET_MILLIS && isSuspicious && received == Received.EVENTS; i++) {
                    received = opened.receive(QUIET_MILLIS, this::note); // let the other program finish
                }
                if (isSuspicious || received != Received.EVENTS) {
                    final boolean isUrgent = isSuspicious || received == Received.OVERRUN;
                    isSuspicious = false;
                    check.run();
                    if (isUrgent && !pause(MIN_GAP_MILLIS)) {
                        return;
                    }
                }
            }
        } catch (KernelException e) {
            warning.accept("the kernel stopped reporting changes of rules, so they are polled: " + e.getMessage());
            poll();
        } catch (IllegalStateException e) {
            if (!stopped) { // closed meanwhile, on purpose
                throw e;
            }
        }
    }

    private void note(RulesetEvent event) {
        if (event.kind() != RulesetEvent.Kind.COMMIT) {
            isTouched |= subject.isTouchedBy(event);
            return;
        }
        isSuspicious |= subject.isSuspicious(event.generation(), isTouched);
        isTouched = false;
    }

    private boolean pause(int millis) {
        try {
            Thread.sleep(millis);
            return !stopped;
        } catch (InterruptedException _) {
            return false; // only stop does that
        }
    }
}
