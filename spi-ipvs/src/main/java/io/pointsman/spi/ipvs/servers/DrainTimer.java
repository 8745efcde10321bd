package io.pointsman.spi.ipvs.servers;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Calls now and then, once started. Its thread is in the network namespace of the thread that started it. */
public final class DrainTimer {
    private final int pollSeconds;
    private final Runnable drain;
    private @Nullable ScheduledExecutorService timer;
    private boolean stopped;

    public DrainTimer(int pollSeconds, Runnable drain) {
        this.pollSeconds = pollSeconds;
        this.drain = drain;
    }

    /** Does nothing when it runs already. */
    public synchronized void start() {
        if (timer != null || stopped) {
            return;
        }
        final ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(
                task -> Thread.ofPlatform().name("ipvs-drain").daemon().unstarted(task));
        timer = started;
        final var _ = started.scheduleWithFixedDelay(drain, pollSeconds, pollSeconds, TimeUnit.SECONDS);
    }

    /** For good. */
    public synchronized void stop() {
        stopped = true;
        if (timer != null) {
            timer.shutdownNow();
            timer = null;
        }
    }
}
