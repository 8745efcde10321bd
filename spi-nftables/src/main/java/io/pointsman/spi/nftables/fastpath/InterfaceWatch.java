package io.pointsman.spi.nftables.fastpath;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.NetlinkSocket.Received;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.route.LinkEvents;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Calls for a check when interfaces appeared, disappeared or changed: those of new pods, for instance. */
final class InterfaceWatch {
    /** Milliseconds between checks: pods come in groups, and each causes several events. */
    private static final int GAP_MILLIS = 1000;

    private static final int IDLE_MILLIS = 60_000;

    private final Whereabouts place;
    private final Runnable check;
    private final Consumer<String> warning;
    private @Nullable LinkEvents events;
    private @Nullable Thread thread;
    private volatile boolean stopped;

    /**
     * Creates a watch that is not started.
     *
     * @param check looks at the interfaces and repairs the flowtables; must not throw
     * @param warning receives a message if watching fails for good
     */
    InterfaceWatch(Whereabouts place, Runnable check, Consumer<String> warning) {
        this.place = place;
        this.check = check;
        this.warning = warning;
    }

    /** Starts watching, once. The caller checks the present interfaces afterwards. */
    synchronized void start() throws KernelException {
        if (thread != null || stopped) {
            return;
        }
        final LinkEvents opened = place.call(LinkEvents::listen);
        events = opened;
        thread = Thread.ofPlatform().name("nftables-interfaces").daemon().start(() -> listen(opened));
    }

    /** Stops watching for good. */
    synchronized void stop() {
        stopped = true;
        if (events != null) {
            events.close();
        }
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void listen(LinkEvents opened) {
        try {
            while (!stopped) {
                final Received received = opened.await(IDLE_MILLIS);
                if (received == Received.EVENTS || received == Received.OVERRUN) {
                    if (!pause()) {
                        return;
                    }
                    drain(opened);
                    check.run();
                }
            }
        } catch (KernelException e) {
            warning.accept(
                    "the kernel stopped reporting interfaces, so new ones are not on the fast path: " + e.getMessage());
        } catch (IllegalStateException e) {
            if (!stopped) { // closed meanwhile, on purpose
                throw e;
            }
        }
    }

    /** Discards events that came during the pause: one check covers them. */
    private static void drain(LinkEvents opened) throws KernelException {
        Received received = Received.EVENTS;
        while (received == Received.EVENTS || received == Received.OVERRUN) {
            received = opened.await(0);
        }
    }

    private boolean pause() {
        try {
            Thread.sleep(GAP_MILLIS);
            return !stopped;
        } catch (InterruptedException _) {
            return false; // only stop does that
        }
    }
}
