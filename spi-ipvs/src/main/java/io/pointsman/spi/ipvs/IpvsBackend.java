package io.pointsman.spi.ipvs;

import io.pointsman.linux.backend.AppliedPlan;
import io.pointsman.linux.conntrack.ConntrackDump;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackEvents;
import io.pointsman.linux.conntrack.PlanFlows;
import io.pointsman.model.Measurement;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ipvs.servers.DrainTimer;
import io.pointsman.spi.ipvs.servers.ServerFigures;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The virtual servers in force. What they are follows {@link AppliedPlan}, under whose lock draining is too. */
final class IpvsBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(IpvsBackend.class);
    private static final String NAME = "ipvs";

    private final DataPlane dataPlane;
    private final DrainTimer drainer;
    private final AppliedPlan applied = new AppliedPlan(NAME);
    private volatile Optional<ForwardingPlan> inForce =
            Optional.empty(); // for those who read counters without the lock

    private IpvsBackend(DataPlane dataPlane, int pollSeconds) {
        this.dataPlane = dataPlane;
        this.drainer = new DrainTimer(pollSeconds, this::drain);
    }

    static IpvsBackend open(BackendConfig config) throws BackendException {
        final IpvsSettings settings = IpvsSettings.of(config);
        try {
            final DataPlane dataPlane = DataPlane.open(settings, config.stateDirectory());
            LOG.info("ipvs: settings {}", settings);
            return new IpvsBackend(dataPlane, settings.drainPollSeconds());
        } catch (IOException e) {
            throw AppliedPlan.failure(NAME, "could not be made ready; nothing was changed", e);
        }
    }

    @Override
    public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException {
        return applied.apply(
                plan,
                delta,
                isWhole -> carryOut(plan, delta, isWhole),
                "is in force in part only; the next one is applied whole");
    }

    private ApplyReport carryOut(ForwardingPlan plan, PlanDelta delta, boolean isWhole) throws IOException {
        final int changes = isWhole ? dataPlane.replace(plan) : dataPlane.change(plan, delta);
        inForce = Optional.of(plan);
        if (dataPlane.isDraining()) {
            drainer.start();
        }
        return dataPlane.report(plan, changes);
    }

    @Override
    public List<Measurement> measurements() {
        return dataPlane.measurements();
    }

    private void drain() {
        applied.tend(
                () -> {
                    if (dataPlane.isDraining()) {
                        dataPlane.drain();
                    }
                },
                e -> LOG.warn(
                        "ipvs: connections of destinations that left can't be counted; tried again: {}",
                        e.getMessage()));
    }

    @Override
    public AuditReport audit() throws BackendException {
        return applied.audit(dataPlane::differences);
    }

    @Override
    public Stream<FlowRecord> flows() throws BackendException {
        return applied.flows(IpvsBackend::list);
    }

    private static Stream<FlowRecord> list(ForwardingPlan plan) throws IOException {
        return PlanFlows.stream(ConntrackDump.open(), plan, IpvsBackend::isTranslated);
    }

    /** IPVS does not set the bit that says so. */
    private static boolean isTranslated(ConntrackEntry entry) {
        return !entry.reply().source().equals(entry.original().destination())
                || entry.reply().sourcePort() != entry.original().destinationPort();
    }

    /** By the counters of virtual servers, and how many connections there are now by connection tracking. */
    @Override
    public List<ServiceFigures> figures() throws BackendException {
        final List<ServiceFigures> now = applied.connections(IpvsBackend::list);
        final Optional<ForwardingPlan> plan = inForce;
        try {
            return plan.isPresent() ? ServiceFigures.merged(now, ServerFigures.read(plan.get())) : now;
        } catch (IOException e) {
            throw AppliedPlan.failure(NAME, "the counters of virtual servers can't be read", e);
        }
    }

    @Override
    public FlowWatch watchFlows() throws BackendException {
        return applied.watch(ConntrackEvents::ofComingAndGoing);
    }

    @Override
    public CleanupReport cleanup(boolean dryRun) throws BackendException {
        return applied.cleanup(dryRun, () -> dataPlane.remove(dryRun), dataPlane::complaints);
    }

    @Override
    public void close() {
        drainer.stop();
        applied.locked(dataPlane::close);
    }
}
