package io.pointsman.bench.kernel;

import io.pointsman.spi.BackendException;
import java.lang.management.ManagementFactory;

/** Steps of a new process on a kernel, each reported to {@link FreshJvm}. Times are in milliseconds. */
public final class SyncSteps {
    private static final long STRIDE = 7919; // prime, so that changes are spread over all Services

    private final Sync sync;

    public SyncSteps(Sync sync) {
        this.sync = sync;
    }

    /** Adds all Services at once, reported as "first", then changes one endpoint at a time, reported as "change". */
    public void load(int services, int endpoints, int changes) throws BackendException {
        print("first", sync.step(Services.all(services, endpoints)));
        for (int i = 0; i < changes; i++) {
            final int service = (int) (i * STRIDE % services);
            print("change", sync.step(Services.replaceEndpoint(service, endpoints, i)));
        }
    }

    /** Syncs all Services with an additional one, where an earlier process left them; reported as "restart". */
    public void restart(int services, int endpoints) throws BackendException {
        print("restart", sync.step(Services.all(services + 1, endpoints)));
    }

    /** Runs an audit, which must find no difference. */
    public void audit(String name) throws BackendException {
        final var threads = ManagementFactory.getThreadMXBean();
        final long startNanos = System.nanoTime();
        final long cpuBeforeNanos = threads.getCurrentThreadCpuTime();
        if (!sync.audit().isClean()) {
            throw new IllegalStateException("the kernel has other rules than were written");
        }
        FreshJvm.print(name, (System.nanoTime() - startNanos) / 1e6);
        FreshJvm.print(name + "-own", (threads.getCurrentThreadCpuTime() - cpuBeforeNanos) / 1e6);
    }

    private static void print(String name, Sync.Times times) {
        FreshJvm.print(name, times.total());
        FreshJvm.print(name + "-apply", times.total() - times.resolve());
        FreshJvm.print(name + "-own", times.own());
    }
}
