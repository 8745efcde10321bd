package io.pointsman.spi.iptables;

import io.pointsman.model.IpFamily;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.AuditReport;
import io.pointsman.spi.Backend;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.CleanupReport;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.RuleProblem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rules at work. One lock: applying, auditing and cleaning up exclude each other. */
final class IptablesBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(IptablesBackend.class);

    private final IptablesSettings settings;
    private final Flavour flavour;
    private final Kernel kernel;
    private final Ledger ledger;
    private final Sysctls sysctls;
    private final Canary canary;
    private final StaleFlows staleFlows;
    private final boolean dropsInvalid;
    private final Map<IpFamily, FamilyWriter> writers = new EnumMap<>(IpFamily.class);
    private final ReentrantLock lock = new ReentrantLock();
    /** Written under the lock; flows may be listed with one that was just replaced. */
    private volatile @Nullable ForwardingPlan current;

    private boolean inStep;
    private boolean comments = true;

    private IptablesBackend(
            IptablesSettings settings, Flavour flavour, Kernel kernel, Ledger ledger, boolean dropsInvalid) {
        this.settings = settings;
        this.flavour = flavour;
        this.kernel = kernel;
        this.ledger = ledger;
        this.sysctls = new Sysctls(kernel, ledger);
        this.dropsInvalid = dropsInvalid;
        this.staleFlows = new StaleFlows(kernel, settings.cutsStaleTcp());
        this.canary = new Canary(kernel, flavour, settings.canarySeconds());
    }

    static IptablesBackend open(BackendConfig config) throws BackendException {
        final IptablesSettings settings = IptablesSettings.of(config);
        final FlavourProbe.Finding finding = new FlavourProbe(new Commands(settings.place())).find(settings.flavour());
        final Flavour flavour = finding.flavour()
                .orElseThrow(() -> new BackendException("iptables: " + finding.reason() + "; nothing was changed"));
        final Kernel kernel = new Kernel(settings.place(), settings.lockWaitSeconds());
        try {
            final Ledger ledger = Ledger.open(config.stateDirectory());
            final boolean dropsInvalid = !new Sysctls(kernel, ledger).isLiberal();
            LOG.info("iptables: using {}; settings {}", finding.reason(), settings);
            return new IptablesBackend(settings, flavour, kernel, ledger, dropsInvalid);
        } catch (IOException e) {
            throw failure("could not be made ready; nothing was changed", e);
        }
    }

    private static BackendException failure(String outcome, IOException cause) {
        return new BackendException("iptables: " + outcome + ": " + cause.getMessage(), cause);
    }

    @Override
    public ApplyReport apply(ForwardingPlan plan, PlanDelta delta) throws BackendException {
        lock.lock();
        try {
            final ForwardingPlan before = current;
            final boolean wholesale = !inStep || before == null || delta.fromVersion() != before.version();
            if (canary.takeAlarm()) {
                LOG.warn("iptables: somebody flushed our rules; writing them anew");
                writers.values().forEach(FamilyWriter::distrust);
            }
            final boolean first = writers.isEmpty();
            inStep = false;
            if (first) {
                ledger.compact();
            }
            sysctls.prepare(plan.node());
            final int changes = write(plan, delta, wholesale);
            if (first) {
                removeOtherFlavour();
                canary.start(writers.keySet());
            }
            current = plan;
            inStep = true;
            final Set<Frontend> touched = wholesale ? plan.rules().keySet() : touched(delta);
            staleFlows.remove(plan, touched);
            return report(plan, changes);
        } catch (IOException e) {
            throw failure("plan " + plan.version() + " is not in force, the one before is", e);
        } finally {
            lock.unlock();
        }
    }

    private static Set<Frontend> touched(PlanDelta delta) {
        final Set<Frontend> touched = new HashSet<>();
        delta.rules().forEach(change -> touched.add(change.frontend()));
        return touched;
    }

    private int write(ForwardingPlan plan, PlanDelta delta, boolean wholesale) throws IOException {
        final boolean withComments = comments && plan.rules().size() <= settings.commentLimit();
        final boolean nodeMatters =
                wholesale || delta.nodeChanged() || delta.healthChanged() || withComments != comments;
        comments = withComments;
        int changes = 0;
        for (IpFamily family : IpFamily.values()) {
            final boolean isNew = !writers.containsKey(family);
            if (isNew && !isConcerned(family, plan, delta, wholesale)) {
                continue;
            }
            final FamilyWriter writer = writers.computeIfAbsent(family, this::newWriter);
            if (nodeMatters || isNew) {
                setNode(writer, plan);
            }
            changes += writer.write(isNew || wholesale ? writer.stepsTo(plan) : writer.stepsOf(delta));
        }
        return changes;
    }

    private void setNode(FamilyWriter writer, ForwardingPlan plan) throws IOException {
        try {
            writer.rules().node(plan.node(), plan.healthChecks(), comments);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Families that the node does not speak and nobody asks for are left alone. */
    private boolean isConcerned(IpFamily family, ForwardingPlan plan, PlanDelta delta, boolean wholesale) {
        final Stream<Frontend> news = wholesale
                ? plan.rules().keySet().stream()
                : delta.rules().stream().map(PlanDelta.RuleChange::frontend);
        return plan.node().addresses().stream()
                        .anyMatch(address ->
                                address.family() == family && !address.isLoopback() && !address.isLinkLocal())
                || news.anyMatch(frontend -> frontend.family() == family)
                || (wholesale && ledger.hasChainsOf(family));
    }

    private FamilyWriter newWriter(IpFamily family) {
        return new FamilyWriter(new FamilyRules(family, settings.marks(), dropsInvalid), flavour, kernel, ledger);
    }

    /** The host went over to another iptables since an earlier run; ours must not stay behind in the old one. */
    private void removeOtherFlavour() throws IOException {
        for (Flavour other : Flavour.values()) {
            if (other != flavour) {
                for (String line : new Cleanup(kernel, ledger).run(other)) {
                    LOG.info("iptables: removed from the other iptables: {}", line);
                }
            }
        }
    }

    private ApplyReport report(ForwardingPlan plan, int changes) {
        final List<RuleProblem> problems = new ArrayList<>();
        writers.values().forEach(writer -> problems.addAll(writer.problems()));
        final int inForce =
                writers.values().stream().mapToInt(FamilyWriter::size).sum();
        return new ApplyReport(plan.version(), inForce, changes, problems);
    }

    @Override
    public AuditReport audit() throws BackendException {
        lock.lock();
        try {
            final List<String> findings = new ArrayList<>();
            for (FamilyWriter writer : writers.values()) {
                final List<String> own = new Audit(kernel, flavour).run(writer.rules());
                if (!own.isEmpty()) {
                    writer.distrust();
                    inStep = false;
                }
                findings.addAll(own);
            }
            return new AuditReport(findings);
        } catch (IOException e) {
            throw failure("rules can't be read; they stay as they are", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Stream<FlowRecord> flows() throws BackendException {
        final ForwardingPlan plan = current;
        try {
            return plan == null ? Stream.empty() : Flows.list(kernel, plan).stream();
        } catch (IOException e) {
            throw failure("connections can't be listed", e);
        }
    }

    @Override
    public CleanupReport cleanup(boolean dryRun) throws BackendException {
        lock.lock();
        try {
            final List<String> removed = new Cleanup(kernel, ledger).run(dryRun);
            if (!dryRun) {
                canary.stop();
                writers.clear();
                current = null;
                inStep = false;
            }
            return new CleanupReport(dryRun, removed);
        } catch (IOException e) {
            throw failure("not everything could be removed", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        canary.stop();
    }
}
