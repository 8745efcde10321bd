package io.pointsman.bench.kernel;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import io.pointsman.plan.PlanUpdate;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.BackendProvider;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;

/** Syncs Kubernetes objects to the kernel, as an agent does. */
public final class Sync implements AutoCloseable {
    private static final Set<IpAddress> NODE = Set.of(IpAddress.parse("10.240.0.2"));

    private final ServiceCatalog catalog = new ServiceCatalog();
    private final PlanResolver resolver;
    private final Backend backend;

    /**
     * Times of one step, in milliseconds.
     *
     * @param total from the objects to rules in force
     * @param resolve the resolver's part of the total
     * @param own processor time of the thread that resolves and renders, and waits for the rest
     */
    public record Times(double total, double resolve, double own) {}

    private Sync(ModeSemantics mode, Backend backend) {
        this.resolver = new PlanResolver(PlanOptions.builder("bench")
                .mode(mode)
                .families(Set.of(IpFamily.IPV4))
                .podRanges(List.of(Cidr.parse("10.244.0.0/14")))
                .build());
        this.backend = backend;
    }

    /** Opens the backend of this name, with its settings and state folder in {@code config}. */
    public static Sync open(String name, BackendConfig config) throws BackendException {
        final BackendProvider provider = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals(name))
                .findFirst()
                .orElseThrow();
        return new Sync(provider.semantics(), provider.open(config));
    }

    /** Syncs changes; fails if any was not carried out. */
    public Times step(List<ObjectChange> changes) throws BackendException {
        catalog.apply(changes);
        final var threads = ManagementFactory.getThreadMXBean();
        final long startNanos = System.nanoTime();
        final long cpuBeforeNanos = threads.getCurrentThreadCpuTime();
        final PlanUpdate update = resolver.resolve(catalog, NODE);
        final long resolvedNanos = System.nanoTime();
        final ApplyReport report = backend.apply(update.plan(), update.delta());
        final long endNanos = System.nanoTime();
        if (!report.problems().isEmpty() || report.changes() == 0) {
            throw new IllegalStateException("not applied: " + report);
        }
        return new Times(
                (endNanos - startNanos) / 1e6,
                (resolvedNanos - startNanos) / 1e6,
                (threads.getCurrentThreadCpuTime() - cpuBeforeNanos) / 1e6);
    }

    /** Audits the kernel's state. */
    public AuditReport audit() throws BackendException {
        return backend.audit();
    }

    @Override
    public void close() {
        backend.close();
    }
}
