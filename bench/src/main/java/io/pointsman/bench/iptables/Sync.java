package io.pointsman.bench.iptables;

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
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;

/** The way from Kubernetes objects to the kernel, as an agent goes it. */
final class Sync implements AutoCloseable {
    private static final Set<IpAddress> NODE = Set.of(IpAddress.parse("10.240.0.2"));

    private final ServiceCatalog catalog = new ServiceCatalog();
    private final PlanResolver resolver = new PlanResolver(PlanOptions.builder("bench")
            .mode(ModeSemantics.IPTABLES)
            .families(Set.of(IpFamily.IPV4))
            .podRanges(List.of(Cidr.parse("10.244.0.0/14")))
            .build());
    private final Backend backend;

    /**
     * What a step took, in milliseconds.
     *
     * @param total from the objects to rules in force
     * @param resolve of that, the resolver's part
     * @param own processor time of the thread that resolves and renders, and waits for the rest
     */
    record Times(double total, double resolve, double own) {}

    private Sync(Backend backend) {
        this.backend = backend;
    }

    static Sync open(String netns, String flavour, Path state) throws BackendException {
        final BackendProvider provider = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.name().equals("iptables"))
                .findFirst()
                .orElseThrow();
        return new Sync(provider.open(new BackendConfig(state, Map.of("netns", netns, "flavour", flavour))));
    }

    Times step(List<ObjectChange> changes) throws BackendException {
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

    AuditReport audit() throws BackendException {
        return backend.audit();
    }

    @Override
    public void close() {
        backend.close();
    }
}
