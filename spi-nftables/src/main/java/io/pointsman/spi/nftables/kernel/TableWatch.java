package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netfilter.Ruleset;
import io.pointsman.linux.netfilter.RulesetEvent;
import io.pointsman.linux.netlink.NetlinkSocket.Received;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.spi.nftables.render.Layout;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Notices that another program changed our tables, as soon as the kernel tells of it. */
public final class TableWatch {
    private static final int QUIET_MILLIS = 50;
    private static final int MILLIS = 1000;
    /** Whoever keeps changing our tables is not fought more often than that. */
    private static final int MIN_GAP_MILLIS = 1000;

    private final Whereabouts place;
    private final Generations generations;
    private final int seconds;
    private final Runnable check;
    private final Consumer<String> warning;
    private @Nullable Thread thread;
    private @Nullable Ruleset events;
    private volatile boolean stopped;
    /** Of the transaction whose events come in; used by the thread that receives them. */
    private boolean touchesOurs;

    private boolean suspicious;

    /**
     * Watches once started.
     *
     * @param seconds after which it looks anyhow; 0 never to watch
     * @param check looks, and repairs; must not throw
     * @param warning told of what can't be watched
     */
    public TableWatch(
            Whereabouts place, Generations generations, int seconds, Runnable check, Consumer<String> warning) {
        this.place = place;
        this.generations = generations;
        this.seconds = seconds;
        this.check = check;
        this.warning = warning;
    }

    /** Starts, once. What happened before is found by the generation. */
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
            warning.accept("the kernel won't tell who changes tables, so they are looked at: " + e.getMessage());
        }
        thread = Thread.ofPlatform().name("nftables-watch").daemon().start(loop);
    }

    /** Ends it for good. */
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
                    received = opened.receive(QUIET_MILLIS, this::note); // let whoever it is finish
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
            warning.accept("the kernel stopped telling who changes tables, so they are looked at: " + e.getMessage());
            look();
        } catch (IllegalStateException e) {
            if (!stopped) { // closed meanwhile, as it should be
                throw e;
            }
        }
    }

    private void note(RulesetEvent event) {
        if (event.kind() != RulesetEvent.Kind.COMMIT) {
            // clients are bound and let go of by packets and by time
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
