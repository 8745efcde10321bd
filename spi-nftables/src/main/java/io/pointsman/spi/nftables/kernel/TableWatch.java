package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netfilter.Ruleset;
import io.pointsman.linux.netfilter.RulesetEvent;
import io.pointsman.linux.netlink.NetlinkSocket.Received;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.spi.nftables.render.Layout;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Detects changes of our tables by another program, as soon as the kernel reports them. */
public final class TableWatch {
    private static final int QUIET_MILLIS = 50;
    private static final int MILLIS = 1000;
    /** Milliseconds between repairs: a program that keeps changing our tables is corrected no more often. */
    private static final int MIN_GAP_MILLIS = 1000;

    private final Whereabouts place;
    private final Generations generations;
    private final int seconds;
    private final Runnable check;
    private final Consumer<String> warning;
    private @Nullable Thread thread;
    private @Nullable Ruleset events;
    private volatile boolean stopped;
    /** Whether the transaction whose events are arriving touches our tables; used by the receiving thread. */
    private boolean touchesOurs;

    private boolean suspicious;

    /**
     * Creates a watch that is not started.
     *
     * @param seconds longest time between checks; 0: never watch
     * @param check looks and repairs; must not throw
     * @param warning receives a message if watching fails
     */
    public TableWatch(
            Whereabouts place, Generations generations, int seconds, Runnable check, Consumer<String> warning) {
        this.place = place;
        this.generations = generations;
        this.seconds = seconds;
        this.check = check;
        this.warning = warning;
    }

    /** Starts watching, once. Earlier changes are found by the generation. */
    public synchronized void start() {
        if (seconds == 0 || thread != null || stopped) {
            return;
        }
        Runnable loop = this::look;
        try {
            final Ruleset opened = place.call(Ruleset::listen);
            events = opened;
            loop = () -> listen(opened);
        } catch (KernelException e) {
            warning.accept("the kernel won't report changes of tables, so they are polled: " + e.getMessage());
        }
        thread = Thread.ofPlatform().name("nftables-watch").daemon().start(loop);
    }

    /** Stops watching for good. */
    public synchronized void stop() {
        stopped = true;
        if (events != null) {
            events.close();
        }
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void look() {
        while (pause(seconds * MILLIS)) {
            check.run();
        }
    }

    private void listen(Ruleset opened) {
        try {
            while (!stopped) {
                Received received = opened.receive(seconds * MILLIS, this::note);
                for (int i = 0; i < MILLIS / QUIET_MILLIS && suspicious && received == Received.EVENTS; i++) {
                    received = opened.receive(QUIET_MILLIS, this::note); // let the other program finish
                }
                if (suspicious || received != Received.EVENTS) {
                    suspicious = false;
                    check.run();
                    if (received != Received.NOTHING && !pause(MIN_GAP_MILLIS)) {
                        return;
                    }
                }
            }
        } catch (KernelException e) {
            warning.accept("the kernel stopped reporting changes of tables, so they are polled: " + e.getMessage());
            look();
        } catch (IllegalStateException e) {
            if (!stopped) { // closed meanwhile, on purpose
                throw e;
            }
        }
    }

    private void note(RulesetEvent event) {
        if (event.kind() != RulesetEvent.Kind.COMMIT) {
            // packets and timeouts change the clients' bindings
            touchesOurs |= event.family().isPresent()
                    && event.table().equals(Layout.NAME)
                    && !event.set().equals(Layout.AFFINITY);
            return;
        }
        if (!touchesOurs) {
            generations.account(event.generation());
        } else if (!generations.covers(event.generation())) {
            suspicious = true;
        }
        touchesOurs = false;
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
