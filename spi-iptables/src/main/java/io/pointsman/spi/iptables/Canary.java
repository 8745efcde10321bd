package io.pointsman.spi.iptables;

import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then whether a chain that nobody has reason to touch is still there. A firewall's reload removes it with
 * all the others.
 */
final class Canary {
    private static final Logger LOG = LoggerFactory.getLogger(Canary.class);

    private final Kernel kernel;
    private final Flavour flavour;
    private final int seconds;
    private final AtomicBoolean alarm = new AtomicBoolean();
    private @Nullable ScheduledExecutorService timer;

    /** With 0 seconds it never looks. */
    Canary(Kernel kernel, Flavour flavour, int seconds) {
        this.kernel = kernel;
        this.flavour = flavour;
        this.seconds = seconds;
    }

    synchronized void start(Collection<IpFamily> families) {
        if (seconds == 0 || timer != null) {
            return;
        }
        final List<IpFamily> watched = List.copyOf(families);
        final ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(
                task -> Thread.ofPlatform().name("iptables-canary").daemon().unstarted(task));
        timer = started;
        final var _ = started.scheduleWithFixedDelay(() -> look(watched), seconds, seconds, TimeUnit.SECONDS);
    }

    synchronized void stop() {
        if (timer != null) {
            timer.shutdownNow();
            timer = null;
        }
    }

    /** Looks now. */
    void look(Collection<IpFamily> families) {
        try {
            for (IpFamily family : families) {
                for (Table table : Table.values()) {
                    if (!kernel.hasChain(flavour, family, table, Names.CANARY)) {
                        alarm.set(true);
                    }
                }
            }
        } catch (IOException e) {
            LOG.warn("iptables: can't look whether rules are still there: {}", e.getMessage());
        }
    }

    /** Whether it was gone since the last call. */
    boolean takeAlarm() {
        return alarm.getAndSet(false);
    }
}
