package io.pointsman.spi.userspace;

import io.pointsman.model.Measurement;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.NatEngine;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.userspace.host.HostCapabilities;
import io.pointsman.spi.userspace.host.HostNetwork;
import io.pointsman.spi.userspace.host.HostWatch;
import io.pointsman.spi.userspace.host.KernelSettings;
import io.pointsman.spi.userspace.loop.Descriptors;
import io.pointsman.spi.userspace.loop.Limits;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running proxy. A plan is in force for new connections when {@link #apply} returns. Established connections keep their
 * endpoint, except after the drain timeout; a UDP session ends when its endpoint is gone.
 */
public final class UserspaceBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(UserspaceBackend.class);
    private static final long COUNTERS_PERIOD_SECONDS = 1;
    private static final long CLOSE_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final ProxyContext proxy;
    private final FrontendTable frontends;
    private final HostWatch watch;
    private boolean closed; // guarded by this

    private UserspaceBackend(ProxyContext proxy) {
        this.proxy = proxy;
        this.frontends = new FrontendTable(proxy);
        this.watch = HostWatch.start(proxy);
    }

    /** Opens a backend with sockets only; UDP sessions age by the given clock. */
    static UserspaceBackend open(UserspaceSettings settings, Path stateDirectory, LongSupplier nanoClock)
            throws BackendException {
        return open(settings, Optional.empty(), stateDirectory, HostCapabilities.none("none wanted"), nanoClock);
    }

    /**
     * Opens a backend that asks the kernel for what {@code means} allows.
     *
     * @param counters file for the engine's counters; they stay in memory if it can't be used
     * @param stateDirectory directory of the ledger that records what the backend owns
     * @param means what the kernel can do for this process
     */
    static UserspaceBackend open(UserspaceSettings settings, Path counters, Path stateDirectory, HostCapabilities means)
            throws BackendException {
        return open(settings, Optional.of(counters), stateDirectory, means, System::nanoTime);
    }

    private static UserspaceBackend open(
            UserspaceSettings settings,
            Optional<Path> counters,
            Path stateDirectory,
            HostCapabilities means,
            LongSupplier nanoClock)
            throws BackendException {
        final Descriptors descriptors = Descriptors.fit(settings.limits(), settings.maxDropped());
        final Transport transport = Transport.open(settings);
        final HostNetwork host;
        try {
            host = host(settings, means.on(transport), stateDirectory);
        } catch (BackendException e) {
            transport.close();
            throw e;
        }
        final NatEngine engine = engine(descriptors.limits(), counters);
        LOG.info("userspace: {} with {}", transport.name(), settings);
        final ProxyContext proxy = new ProxyContext(engine, settings, transport, host, nanoClock, descriptors);
        final Future<?> _ = transport
                .loops()
                .getFirst()
                .scheduleWithFixedDelay(
                        engine::publishCounters, COUNTERS_PERIOD_SECONDS, COUNTERS_PERIOD_SECONDS, TimeUnit.SECONDS);
        return new UserspaceBackend(proxy);
    }

    private static HostNetwork host(UserspaceSettings settings, HostCapabilities means, Path stateDirectory)
            throws BackendException {
        if (settings.kernel().use() == KernelSettings.Use.ON && !(means.ownsVips() && means.keepsSource())) {
            throw new BackendException("userspace: transparent is on, but " + means.reason() + "; nothing was started");
        }
        if (settings.kernel().use() == KernelSettings.Use.OFF) {
            LOG.info("userspace: {}", means.reason()); // the probe's reason is logged by the agent
        }
        try {
            return HostNetwork.open(means, settings.kernel(), stateDirectory);
        } catch (IOException e) {
            throw new BackendException(
                    "userspace: the ledger of earlier runs can't be read; nothing was started: " + e.getMessage(), e);
        }
    }

    /** Creates the engine. If the counters file can't be used, it counts in memory: connections must not fail for that. */
    private static NatEngine engine(Limits limits, Optional<Path> counters) {
        final EngineConfig.Builder config =
                EngineConfig.builder().capacity(limits.maxConnections() + limits.maxUdpSessions());
        if (counters.isPresent()) {
            try {
                return NatEngine.create(config.countersFile(counters.get()).build());
            } catch (UncheckedIOException e) {
                LOG.warn(
                        "userspace: counters are in memory only, \"pointsman stat\" can't show them: {}",
                        e.getMessage());
                return engine(limits, Optional.empty());
            }
        }
        return NatEngine.create(config.build());
    }

    @Override
    public synchronized ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException {
        if (closed) {
            throw new BackendException("userspace: closed, nothing is in force; open a new backend");
        }
        proxy.host()
                .expect(
                        plan.node(),
                        delta.rules().stream()
                                .map(PlanDelta.RuleChange::after)
                                .filter(Objects::nonNull)
                                .toList());
        proxy.engine().apply(plan, delta);
        final int changes = frontends.apply(plan, delta);
        return new ApplyReport(plan.version(), frontends.inForce(), changes, frontends.problems());
    }

    @Override
    public AuditReport audit() {
        final List<String> findings = new ArrayList<>(frontends.audit());
        failure().ifPresent(findings::add);
        return new AuditReport(findings);
    }

    /**
     * Reports an event loop that has ended: its connections are lost, and new connections assigned to it would wait for
     * ever.
     */
    @Override
    public Optional<String> failure() {
        return proxy.transport().failure();
    }

    @Override
    public Stream<FlowRecord> flows() {
        return proxy.engine().flows(proxy.nanoTime());
    }

    @Override
    public FlowWatch watchFlows() throws BackendException {
        return proxy.engine()
                .watchFlows()
                .orElseThrow(() -> new BackendException(
                        "userspace: connections are watched already, and only one watch at a time is possible; end"
                                + " that one first"));
    }

    @Override
    public List<ServiceFigures> figures() {
        return proxy.engine().figures();
    }

    @Override
    public List<Measurement> measurements() {
        return EngineGauges.of(proxy.engine());
    }

    /** Removes routes and packet filters; sockets don't outlive the process. */
    @Override
    public CleanupReport cleanup(boolean dryRun) throws BackendException {
        try {
            final List<String> removed = proxy.host().cleanup(dryRun);
            return new CleanupReport(dryRun, removed, proxy.host().complaints());
        } catch (IOException e) {
            throw new BackendException(
                    "userspace: cleanup is incomplete; what is left stays in the ledger: " + e.getMessage(), e);
        }
    }

    /**
     * Stops listening, lets TCP connections end by themselves for the close timeout, then resets the rest. It resets because
     * a FIN would make a truncated answer look complete.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        watch.close();
        frontends.close();
        final long deadline =
                System.nanoTime() + proxy.settings().closeTimeout().toNanos();
        while (proxy.relays() > 0 && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(CLOSE_POLL_NANOS);
        }
        proxy.relayLoops().stream()
                .map(relayLoop -> relayLoop.run(relayLoop::abortAll))
                .toList()
                .forEach(CompletableFuture::join);
        proxy.transport().close();
        proxy.engine().close();
        proxy.host().close();
    }

    public ProxyContext proxy() {
        return proxy;
    }
}
