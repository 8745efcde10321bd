package io.pointsman.spi.ipvs;

import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The virtual servers at work. One lock: applying, draining, auditing and cleaning up exclude each other. */
final class IpvsBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(IpvsBackend.class);

    private final DataPlane dataPlane;
    private final Drainer drainer;
    private final ReentrantLock lock = new ReentrantLock();
    /** Written under the lock; flows may be listed with one that was just replaced. */
    private volatile @Nullable ForwardingPlan current;

    private boolean inStep;

    private IpvsBackend(DataPlane dataPlane, int pollSeconds) {
        this.dataPlane = dataPlane;
        this.drainer = new Drainer(pollSeconds, this::drain);
    }

    static IpvsBackend open(BackendConfig config) throws BackendException {
        final IpvsSettings settings = IpvsSettings.of(config);
        try {
            final DataPlane dataPlane = DataPlane.open(settings, config.stateDirectory());
            LOG.info("ipvs: settings {}", settings);
            return new IpvsBackend(dataPlane, settings.drainPollSeconds());
        } catch (IOException e) {
            throw failure("could not be made ready; nothing was changed", e);
        }
    }

    private static BackendException failure(String outcome, IOException cause) {
        return new BackendException("ipvs: " + outcome + ": " + cause.getMessage(), cause);
    }

    @Override
    public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException {
        lock.lock();
        try {
            final ForwardingPlan before = current;
            final boolean wholesale = !inStep || before == null || delta.fromVersion() != before.version();
            inStep = false;
            final int changes = wholesale ? dataPlane.replace(plan) : dataPlane.change(plan, delta);
            current = plan;
            inStep = true;
            if (dataPlane.isDraining()) {
                drainer.start();
            }
            return dataPlane.report(plan, changes);
        } catch (IOException e) {
            throw failure("plan " + plan.version() + " is in force in part only; the next one is applied whole", e);
        } finally {
            lock.unlock();
        }
    }

    private void drain() {
        lock.lock();
        try {
            if (dataPlane.isDraining()) {
                dataPlane.drain();
            }
        } catch (IOException e) {
            LOG.warn("ipvs: connections of destinations that left can't be counted; tried again: {}", e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public AuditReport audit() throws BackendException {
        lock.lock();
        try {
            final List<String> findings = current == null ? new ArrayList<>() : dataPlane.differences();
            if (!findings.isEmpty()) {
                inStep = false;
            }
            return new AuditReport(findings);
        } catch (IOException e) {
            throw failure("the kernel can't be read; it stays as it is", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Stream<FlowRecord> flows() throws BackendException {
        final ForwardingPlan plan = current;
        try {
            return plan == null ? Stream.empty() : Flows.list(plan).stream();
        } catch (IOException e) {
            throw failure("connections can't be listed", e);
        }
    }

    @Override
    public CleanupReport cleanup(boolean dryRun) throws BackendException {
        lock.lock();
        try {
            final List<String> removed = dataPlane.remove(dryRun);
            if (!dryRun) {
                current = null;
                inStep = false;
            }
            return new CleanupReport(dryRun, removed, dataPlane.complaints());
        } catch (IOException e) {
            throw failure("not everything could be removed", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        drainer.stop();
        lock.lock();
        try {
            dataPlane.close();
        } finally {
            lock.unlock();
        }
    }
}
