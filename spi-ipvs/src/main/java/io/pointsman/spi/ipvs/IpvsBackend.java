package io.pointsman.spi.ipvs;

import io.pointsman.linux.backend.KernelBackend;
import io.pointsman.linux.backend.PeriodicTask;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.StaleFlows;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.Measurement;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ipvs.host.Owned;
import io.pointsman.spi.ipvs.servers.ServerFigures;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Backend that keeps a plan's virtual servers in the kernel. Draining runs under the lock of {@link KernelBackend}, too. */
final class IpvsBackend extends KernelBackend {
    private static final Logger LOG = LoggerFactory.getLogger(IpvsBackend.class);
    private static final String NAME = "ipvs";

    private final DataPlane dataPlane;
    private final PeriodicTask drainer;
    private final StaleFlows staleFlows = new StaleFlows(Whereabouts.here(), false, StaleFlows::untranslated);
    private volatile Optional<ForwardingPlan> inForce =
            Optional.empty(); // for readers of counters, which do not hold the lock

    private IpvsBackend(DataPlane dataPlane, Ledger ledger, int pollSeconds) {
        super(
                NAME,
                "is in force in part only; the next one is applied whole",
                Whereabouts.here(),
                ledger,
                ConntrackEntry::isTranslated);
        this.dataPlane = dataPlane;
        this.drainer = new PeriodicTask("ipvs-drain", pollSeconds, this::drain);
    }

    static IpvsBackend open(BackendConfig config) throws BackendException {
        final IpvsSettings settings = IpvsSettings.of(config);
        try {
            final Ledger ledger = Owned.ledger(config.stateDirectory());
            ledger.complaints().forEach(complaint -> warn("a ledger entry can't be read: " + complaint));
            final String owner = config.stateDirectory().toAbsolutePath().toString();
            final DataPlane dataPlane = DataPlane.open(settings, ledger, owner);
            LOG.info("ipvs: settings {}", settings);
            return new IpvsBackend(dataPlane, ledger, settings.drainPollSeconds());
        } catch (IOException e) {
            throw failure(NAME, "could not be started; nothing was changed", e);
        }
    }

    private static void warn(String what) {
        LOG.warn("ipvs: {}", what);
    }

    @Override
    protected ApplyReport carryOut(ForwardingPlan plan, PlanDelta delta, boolean isWhole) throws IOException {
        final int changes = isWhole ? dataPlane.replace(plan) : dataPlane.change(plan, delta);
        staleFlows.remove(plan, touched(plan, delta, isWhole), told -> LOG.info("ipvs: {}", told), IpvsBackend::warn);
        inForce = Optional.of(plan);
        if (dataPlane.isDraining()) {
            drainer.start();
        }
        return dataPlane.report(plan, changes);
    }

    @Override
    public List<Measurement> measurements() {
        return staleFlows.measurements();
    }

    private void drain() {
        tend(
                () -> {
                    if (dataPlane.isDraining()) {
                        dataPlane.drain();
                    }
                },
                e -> warn("connections of removed destinations can't be counted, retried: " + e.getMessage()));
    }

    @Override
    protected List<String> differences() throws IOException {
        return dataPlane.differences();
    }

    /** Returns figures from the counters of virtual servers, and the number of connections from connection tracking. */
    @Override
    public List<ServiceFigures> figures() throws BackendException {
        final List<ServiceFigures> now = super.figures();
        final Optional<ForwardingPlan> plan = inForce;
        try {
            return plan.isPresent() ? ServiceFigures.merged(now, ServerFigures.read(plan.get())) : now;
        } catch (IOException e) {
            throw failure(NAME, "the counters of virtual servers can't be read", e);
        }
    }

    @Override
    protected List<String> remove(boolean dryRun) throws IOException {
        return dataPlane.remove(dryRun);
    }

    @Override
    public void close() {
        drainer.stop();
        tend(dataPlane::close, e -> warn("could not be closed: " + e.getMessage()));
    }
}
