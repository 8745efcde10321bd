package io.pointsman.spi.userspace;

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
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proxy at work. A plan is in force for new connections when {@link #apply} returns; established ones stay where they
 * are, but for the drain timeout, and for UDP sessions whose endpoint is gone.
 */
final class UserspaceBackend implements Backend {
    private static final Logger LOGGER = LoggerFactory.getLogger(UserspaceBackend.class);
    private static final long COUNTERS_PERIOD_SECONDS = 1;
    private static final long CLOSE_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final ProxyContext proxy;
    private final FrontendTable frontends;
    private boolean closed; // guarded by this

    private UserspaceBackend(ProxyContext proxy) {
        this.proxy = proxy;
        this.frontends = new FrontendTable(proxy);
    }

    /** @param nanoClock what UDP sessions age by */
    static UserspaceBackend open(UserspaceSettings settings, LongSupplier nanoClock) throws BackendException {
        return open(settings, capacity(settings), nanoClock);
    }

    /** @param counters where the engine's counters are kept; in memory where that can't be */
    static UserspaceBackend open(UserspaceSettings settings, Path counters, LongSupplier nanoClock)
            throws BackendException {
        return open(settings, capacity(settings).withCountersFile(counters), nanoClock);
    }

    private static EngineConfig capacity(UserspaceSettings settings) {
        return EngineConfig.DEFAULT.withCapacity(settings.maxConnections() + settings.maxUdpSessions());
    }

    private static UserspaceBackend open(UserspaceSettings settings, EngineConfig config, LongSupplier nanoClock)
            throws BackendException {
        final Transport transport = Transport.open(settings);
        final NatEngine engine = engine(settings, config);
        LOGGER.info("userspace: {} with {}", transport.name(), settings);
        final ProxyContext proxy = new ProxyContext(engine, settings, transport, nanoClock);
        final Future<?> _ = transport
                .loops()
                .getFirst()
                .scheduleWithFixedDelay(
                        engine::publishCounters, COUNTERS_PERIOD_SECONDS, COUNTERS_PERIOD_SECONDS, TimeUnit.SECONDS);
        return new UserspaceBackend(proxy);
    }

    /** Connections are not refused for want of a place to count them. */
    private static NatEngine engine(UserspaceSettings settings, EngineConfig config) {
        try {
            return NatEngine.create(config);
        } catch (UncheckedIOException e) {
            LOGGER.warn("userspace: counts in memory only, \"pointsman stat\" won't see it: {}", e.getMessage());
            return NatEngine.create(capacity(settings));
        }
    }

    @Override
    public synchronized ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException {
        if (closed) {
            throw new BackendException("userspace: closed, nothing is in force; open a new backend");
        }
        proxy.engine().apply(plan, delta);
        final int changes = frontends.apply(plan, delta);
        return new ApplyReport(plan.version(), frontends.inForce(), changes, frontends.problems());
    }

    @Override
    public AuditReport audit() {
        return new AuditReport(frontends.audit());
    }

    @Override
    public Stream<FlowRecord> flows() {
        return proxy.engine().flows(proxy.nanoTime());
    }

    /** Nothing outlives the process, so there is never anything to remove. */
    @Override
    public CleanupReport cleanup(boolean dryRun) {
        return new CleanupReport(dryRun, List.of());
    }

    /**
     * Stops listening, lets TCP connections end by themselves for the close timeout, then resets the rest: a FIN would
     * make half an answer look like a whole one.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        frontends.close();
        final long deadline =
                System.nanoTime() + proxy.settings().closeTimeout().toNanos();
        while (proxy.relays() > 0 && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(CLOSE_POLL_NANOS);
        }
        proxy.lanes().stream()
                .map(lane -> CompletableFuture.runAsync(lane::abortAll, lane.loop()))
                .toList()
                .forEach(CompletableFuture::join);
        proxy.transport().close();
        proxy.engine().close();
    }

    ProxyContext proxy() {
        return proxy;
    }
}
