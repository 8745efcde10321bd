package io.pointsman.spi.iptables;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.backend.AppliedPlan;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.PlanFlows;
import io.pointsman.linux.conntrack.StaleFlows;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.FlavourProbe;
import io.pointsman.linux.iptables.LockedException;
import io.pointsman.linux.iptables.RuleWatch;
import io.pointsman.linux.iptables.RulesetGeneration;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.program.Orphans;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.ServicePortName;
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
import io.pointsman.spi.FlowWatch;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.iptables.kernel.Audit;
import io.pointsman.spi.iptables.kernel.Cleanup;
import io.pointsman.spi.iptables.kernel.FamilyWriter;
import io.pointsman.spi.iptables.kernel.IptablesHost;
import io.pointsman.spi.iptables.kernel.OwnedChain;
import io.pointsman.spi.iptables.kernel.RuleCounters;
import io.pointsman.spi.iptables.kernel.Trial;
import io.pointsman.spi.iptables.render.FamilyRules;
import io.pointsman.spi.iptables.render.Names;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rules in force. What they are follows {@link AppliedPlan}, whose lock all of it is under. */
final class IptablesBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(IptablesBackend.class);
    private static final String NAME = "iptables";
    /** A change that leaves a table's outline the same is found after this many audits, if not before. */
    private static final int MAX_AUDITS_ON_TRUST = 20;

    private final IptablesSettings settings;
    private final Flavour flavour;
    private final IptablesHost kernel;
    private final Ledger ledger;
    private final RulesetGeneration generation;
    private final RuleWatch watch;
    private final StaleFlows staleFlows;
    private final boolean dropsInvalid;
    private final String owner;
    /** Families that the last plan could not be written to. */
    private final Map<IpFamily, IOException> failures = new EnumMap<>(IpFamily.class);

    private final Map<IpFamily, FamilyWriter> writers = new EnumMap<>(IpFamily.class);
    private final AppliedPlan applied = new AppliedPlan(NAME);
    private boolean otherIsClean;
    private int auditsOnTrust;
    private boolean comments = true;
    private volatile List<Measurement> ruleCounts = List.of();
    private final RuleCounters counters;
    private Optional<ForwardingPlan> counted = Optional.empty(); // under the lock
    private volatile Map<ServicePortName, ServiceFigures> lastCounted = Map.of();

    private IptablesBackend(
            IptablesSettings settings,
            Flavour flavour,
            IptablesHost kernel,
            Ledger ledger,
            String owner,
            boolean dropsInvalid) {
        this.settings = settings;
        this.owner = owner;
        this.flavour = flavour;
        this.kernel = kernel;
        this.ledger = ledger;
        this.dropsInvalid = dropsInvalid;
        this.counters = new RuleCounters(kernel, flavour);
        this.staleFlows = kernel.staleFlows(settings.cutsStaleTcp());
        this.generation = new RulesetGeneration(kernel.stamps(flavour));
        this.watch = new RuleWatch(
                kernel.stamps(flavour),
                generation,
                new RuleWatch.Writer(Names.PREFIX, kernel::isOwn),
                settings.watchSeconds(),
                this::repair,
                told -> LOG.warn("iptables: {}", told));
    }

    static IptablesBackend open(BackendConfig config) throws BackendException {
        final IptablesSettings settings = IptablesSettings.of(config);
        final FlavourProbe.Finding finding =
                Trial.probe(settings.place().programs()).find(settings.flavour());
        final Flavour flavour = finding.flavour()
                .orElseThrow(() -> new BackendException("iptables: " + finding.reason() + "; nothing was changed"));
        final String owner = config.stateDirectory().toAbsolutePath().toString();
        final IptablesHost kernel = new IptablesHost(settings.place(), settings.lockWaitSeconds(), owner);
        try {
            final Ledger ledger = OwnedChain.ledger(config.stateDirectory());
            ledger.complaints()
                    .forEach(complaint -> LOG.warn("iptables: what an entry is of is not known: {}", complaint));
            final boolean dropsInvalid = !kernel.isLiberal();
            LOG.info("iptables: using {}; settings {}", finding.reason(), settings);
            return new IptablesBackend(settings, flavour, kernel, ledger, owner, dropsInvalid);
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
                "is not in force; what was stays until it can be written");
    }

    private ApplyReport carryOut(ForwardingPlan plan, PlanDelta delta, boolean wholesale) throws IOException {
        if (writers.isEmpty()) {
            watch.start();
            Orphans.await(owner, Orphans.PATIENCE, told -> LOG.info("iptables: {}", told));
        }
        if (plan.node().guardsLoopback()) { // node ports on loopback need it
            kernel.routeLoopback(ledger);
        }
        final int changes = write(plan, delta, wholesale);
        countRules();
        counted = Optional.of(plan);
        if (!otherIsClean) {
            removeOtherFlavour();
            otherIsClean = true;
        }
        final Set<Frontend> touched = new HashSet<>(wholesale ? plan.rules().keySet() : touched(delta));
        writers.values().forEach(writer -> touched.addAll(writer.takeFoundFrontends()));
        removeStaleFlows(plan, touched);
        return report(plan, changes);
    }

    private void countRules() {
        ruleCounts = writers.values().stream()
                .flatMap(writer -> writer.measurements().stream())
                .toList();
    }

    @Override
    public List<Measurement> measurements() {
        final List<Measurement> all = new ArrayList<>(ruleCounts);
        all.addAll(staleFlows.measurements());
        return all;
    }

    private void removeStaleFlows(ForwardingPlan plan, Set<Frontend> touched) {
        try {
            final int removed = staleFlows.remove(plan, touched);
            if (removed > 0) {
                LOG.info("iptables: removed {} connections to endpoints that are gone", removed);
            }
        } catch (KernelException e) {
            LOG.warn("iptables: connections to endpoints that are gone can't be removed: {}", e.getMessage());
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
        failures.clear();
        for (IpFamily family : IpFamily.values()) {
            final boolean isNew = !writers.containsKey(family);
            if (isNew && !isConcerned(family, plan, delta, wholesale)) {
                continue;
            }
            final FamilyWriter writer = writers.computeIfAbsent(family, this::newWriter);
            try {
                if (nodeMatters || isNew || writer.isBehind()) {
                    writer.rules().node(plan.node(), plan.healthChecks(), comments);
                }
                changes += writer.write(
                        isNew || wholesale || writer.isBehind() ? writer.stepsTo(plan) : writer.stepsOf(delta));
            } catch (IOException e) {
                LOG.warn("iptables: {} rules stay as they are: {}", family, e.getMessage());
                failures.put(family, e);
            }
        }
        for (IOException failure : failures.values()) {
            // a host without IPv6, say, can do with IPv4 for good; a lock is free again soon, and worth another try at
            // once
            if (failures.size() == writers.size() || failure instanceof LockedException) {
                throw failure;
            }
        }
        return changes;
    }

    /** Families that the node does not speak and nobody asks for are left alone. */
    private boolean isConcerned(IpFamily family, ForwardingPlan plan, PlanDelta delta, boolean wholesale) {
        final Stream<Frontend> news = wholesale
                ? plan.rules().keySet().stream()
                : delta.rules().stream().map(PlanDelta.RuleChange::frontend);
        return plan.node().families().contains(family)
                || news.anyMatch(frontend -> frontend.family() == family)
                || (wholesale && ledger.owned(OwnedChain.KIND).stream().anyMatch(chain -> chain.family() == family));
    }

    private FamilyWriter newWriter(IpFamily family) {
        return new FamilyWriter(
                new FamilyRules(family, flavour, settings.mark(), settings.ours(), dropsInvalid),
                flavour,
                kernel,
                ledger,
                generation);
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
        int inForce = 0;
        for (FamilyWriter writer : writers.values()) {
            final IOException failure = failures.get(writer.family());
            if (failure == null) {
                inForce += writer.size();
                problems.addAll(writer.problems());
            } else {
                plan.rules().values().stream()
                        .filter(rule -> rule.frontend().family() == writer.family())
                        .forEach(rule -> problems.add(new RuleProblem(
                                rule.frontend(),
                                rule.owner(),
                                RuleProblem.Kind.REFUSED,
                                writer.family() + " rules stay as they were: " + failure.getMessage())));
            }
        }
        return new ApplyReport(plan.version(), inForce, changes, problems);
    }

    private boolean isTrusted() {
        return writers.keySet().stream().allMatch(generation::holds);
    }

    /** Reads the rules if they may have been changed by another program, and writes those that were. */
    private void repair() {
        applied.tend(this::rewrite, e -> {
            applied.invalidate();
            LOG.warn("iptables: rules that another program changed can't be repaired yet: {}", e.getMessage());
        });
    }

    private int rewrite() throws IOException {
        if (writers.isEmpty() || isTrusted()) {
            return 0;
        }
        generation.restart();
        int changes = 0;
        for (FamilyWriter writer : writers.values()) {
            changes += writer.rewrite();
        }
        countRules();
        if (changes > 0) {
            LOG.warn("iptables: another program changed our rules; {} chains and jumps were rewritten", changes);
        }
        return changes;
    }

    @Override
    public AuditReport audit() throws BackendException {
        return applied.audit(this::differences);
    }

    private List<String> differences() throws IOException {
        if (auditsOnTrust < MAX_AUDITS_ON_TRUST && isTrusted()) {
            auditsOnTrust++;
            return List.of();
        }
        auditsOnTrust = 0;
        final Map<IpFamily, Integer> since = new EnumMap<>(IpFamily.class);
        writers.keySet().forEach(family -> generation.current(family).ifPresent(stamp -> since.put(family, stamp)));
        final List<String> findings = new ArrayList<>();
        for (FamilyWriter writer : writers.values()) {
            final List<String> own = new Audit(kernel, flavour).run(writer.rules());
            if (!own.isEmpty()) {
                writer.invalidate();
            }
            findings.addAll(own);
        }
        if (findings.isEmpty()) {
            since.forEach(generation::confirm);
        }
        return findings;
    }

    @Override
    public Stream<FlowRecord> flows() throws BackendException {
        return applied.flows(this::list);
    }

    private Stream<FlowRecord> list(ForwardingPlan plan) throws IOException {
        return PlanFlows.stream(kernel.connectionDump(), plan, ConntrackEntry::isDnat);
    }

    /**
     * By the rules' counters, and how many connections there are now by connection tracking. While rules are written, the
     * counters of the last time.
     */
    @Override
    public List<ServiceFigures> figures() throws BackendException {
        final List<ServiceFigures> now = applied.connections(this::list);
        final Optional<Map<ServicePortName, ServiceFigures>> read = applied.readUnlessBusy(
                () -> {
                    final Optional<ForwardingPlan> plan =
                            counted.filter(some -> some.rules().size() <= settings.counterLimit());
                    return plan.isPresent() ? counters.read(writers.values(), plan.get()) : Map.of();
                },
                "its rules' counters can't be read");
        read.ifPresent(latest -> lastCounted = latest);
        return ServiceFigures.merged(now, lastCounted.values());
    }

    @Override
    public FlowWatch watchFlows() throws BackendException {
        return applied.watch(kernel::connectionEvents);
    }

    @Override
    public CleanupReport cleanup(boolean dryRun) throws BackendException {
        return applied.cleanup(dryRun, () -> remove(dryRun), ledger::complaints);
    }

    private List<String> remove(boolean dryRun) throws IOException {
        final List<String> removed = new Cleanup(kernel, ledger).run(dryRun);
        if (!dryRun) {
            writers.clear();
            counted = Optional.empty();
            countRules();
            generation.restart();
        }
        return removed;
    }

    @Override
    public void close() {
        watch.stop();
    }
}
