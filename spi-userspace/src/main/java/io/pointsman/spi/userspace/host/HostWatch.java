package io.pointsman.spi.userspace.host;

import io.pointsman.linux.backend.PeriodicTask;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RareWarning;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Periodic check of the host's network between two plans, on its own thread. It runs only if this process may make routes.
 */
public final class HostWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostWatch.class);
    private static final RareWarning NO_LOOK =
            new RareWarning(LOG, "userspace: {} could not be checked ({} times before)");
    private static final int PERIOD_SECONDS = 1;
    private static final int STOP_SECONDS = 10;

    private final ProxyContext proxy;
    private final PeriodicTask task = new PeriodicTask("pointsman-host", PERIOD_SECONDS, this::look);

    private HostWatch(ProxyContext proxy) {
        this.proxy = proxy;
    }

    /** Starts the watch. Its thread inherits the calling thread's network namespace. */
    public static HostWatch start(ProxyContext proxy) {
        final HostWatch watch = new HostWatch(proxy);
        if (proxy.host().means().ownsVips()) {
            watch.task.start();
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
            NO_LOOK.warn("the host's network", e); // an exception would end the periodic task
        }
    }

    @Override
    public void close() {
        task.finish(STOP_SECONDS, () -> LOG.warn("userspace: the check of the host's network does not end"));
    }
}
