package io.pointsman.spi.userspace.host;

import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RareWarning;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks after the host's network between two plans, on a thread of its own, where there is anything to look after. */
public final class HostWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostWatch.class);
    private static final RareWarning NO_LOOK =
            new RareWarning(LOG, "userspace: {} could not be looked at ({} times before)");
    private static final long PERIOD_SECONDS = 1;
    private static final long STOP_SECONDS = 10;

    private final ProxyContext proxy;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("pointsman-host").factory());

    private HostWatch(ProxyContext proxy) {
        this.proxy = proxy;
    }

    /** Its thread, as all that the calling thread starts, is in that one's network namespace. */
    public static HostWatch start(ProxyContext proxy) {
        final HostWatch watch = new HostWatch(proxy);
        if (proxy.host().means().ownsVips()) {
            final var _ =
                    watch.thread.scheduleWithFixedDelay(watch::look, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
        }
        return watch;
    }

    private void look() {
        try {
            final RetainedRoutes lingering = proxy.host().lingering();
            RetainedRoutes idle = lingering;
            if (!lingering.isEmpty()) {
                final List<CompletableFuture<RetainedRoutes>> used = proxy.relayLoops().stream()
                        .map(relayLoop ->
                                CompletableFuture.supplyAsync(() -> relayLoop.inUse(lingering), relayLoop.loop()))
                        .toList();
                for (CompletableFuture<RetainedRoutes> one : used) {
                    idle = idle.without(one.join());
                }
            }
            proxy.host().settle(idle);
        } catch (RuntimeException e) {
            NO_LOOK.warn("the host's network", e); // else it would be the last look
        }
    }

    @Override
    public void close() {
        thread.shutdown();
        boolean interrupted = false;
        while (true) {
            try {
                if (!thread.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                    LOG.warn("userspace: a look at the host's network does not end");
                }
                break;
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
