package io.pointsman.bench.kernel;

import io.pointsman.spi.BackendException;
import java.lang.management.ManagementFactory;

/** What a fresh process does to a kernel, step by step, each told to {@link FreshJvm}. Times are in milliseconds. */
public final class SyncSteps {
    private static final long STRIDE = 7919; // prime: changes hit Services all over

    private final Sync sync;

    public SyncSteps(Sync sync) {
        this.sync = sync;
    }

    /** All Services at once, told as "first", then one endpoint at a time, told as "change". */
    public void load(int services, int endpoints, int changes) throws BackendException {
        print("first", sync.step(Services.all(services, endpoints)));
        for (int i = 0; i < changes; i++) {
            final int service = (int) (i * STRIDE % services);
            print("change", sync.step(Services.replaceEndpoint(service, endpoints, i)));
        }
    }

    /** All Services at once where an earlier process left them, with one that is new, told as "restart". */
    public void restart(int services, int endpoints) throws BackendException {
        print("restart", sync.step(Services.all(services + 1, endpoints)));
    }

    /** An audit, which must find all in place. */
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
