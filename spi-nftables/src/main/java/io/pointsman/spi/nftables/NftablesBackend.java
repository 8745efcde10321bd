package io.pointsman.spi.nftables;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.backend.AppliedPlan;
import io.pointsman.linux.conntrack.ConntrackDump;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackEvents;
import io.pointsman.linux.conntrack.PlanFlows;
import io.pointsman.linux.conntrack.StaleFlows;
import io.pointsman.linux.localhost.ForwarderLimits;
import io.pointsman.linux.localhost.LocalhostForwarder;
import io.pointsman.linux.localhost.StaleTcp;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
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
import io.pointsman.spi.Shortfalls;
import io.pointsman.spi.nftables.kernel.Commits;
import io.pointsman.spi.nftables.kernel.FamilyTable;
import io.pointsman.spi.nftables.kernel.Figures;
import io.pointsman.spi.nftables.kernel.Generations;
import io.pointsman.spi.nftables.kernel.OwnTables;
import io.pointsman.spi.nftables.kernel.TableWatch;
import io.pointsman.spi.nftables.kernel.Trial;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables in force. What is in them follows {@link AppliedPlan}, whose lock all of it is under. */
final class NftablesBackend implements Backend {
    private static final Logger LOG = LoggerFactory.getLogger(NftablesBackend.class);
    private static final String NAME = "nftables";

    private final NftablesSettings settings;
    private final NfTables kernel;
    private final Ledger ledger;
    private final OwnTables own;
    private final StaleFlows staleFlows;
    private final LocalhostForwarder forwarder;
    private final Map<IpFamily, FamilyTable> tables = new EnumMap<>(IpFamily.class);
    /** Families that the last plan could not be written to. */
    private final Map<IpFamily, IOException> failures = new EnumMap<>(IpFamily.class);

    private final Map<Frontend, RuleProblem> shortfalls = new HashMap<>();
    private final Generations generations = new Generations();
    private final Commits commits;
    private final TableWatch watch;
    private Optional<ForwardingPlan> current = Optional.empty();
    /** The rules of the plan in force, for those who read counters without the lock. */
    private volatile Collection<Rule> counted = List.of();

    private final AppliedPlan applied = new AppliedPlan(NAME);

    private NftablesBackend(NftablesSettings settings, NfTables kernel, Ledger ledger) {
        this.settings = settings;
        this.kernel = kernel;
        this.ledger = ledger;
        this.own = new OwnTables(settings.place(), ledger);
        this.commits = new Commits(kernel, generations);
        this.watch = new TableWatch(
                settings.place(),
                generations,
                settings.watchSeconds(),
                this::repair,
                told -> LOG.warn("nftables: {}", told));
        this.staleFlows = new StaleFlows(settings.place(), settings.cutsStaleTcp(), StaleFlows::unserved);
        this.forwarder = new LocalhostForwarder(
                settings.place(),
                settings.cutsStaleTcp() ? StaleTcp.CUT : StaleTcp.KEEP,
                ForwarderLimits.DEFAULT,
                told -> LOG.warn("nftables: {}", told));
    }

    static NftablesBackend open(BackendConfig config) throws BackendException {
        final NftablesSettings settings = NftablesSettings.of(config);
        try {
            final Ledger ledger = OwnTables.ledger(config.stateDirectory());
            ledger.complaints()
                    .forEach(complaint -> LOG.warn("nftables: what an entry is of is not known: {}", complaint));
            LOG.info("nftables: settings {}", settings);
            final NfTables kernel = settings.place().call(NfTables::open);
            requireOwnership(settings, kernel);
            return new NftablesBackend(settings, kernel, ledger);
        } catch (IOException e) {
            throw AppliedPlan.failure(NAME, "could not be made ready; nothing was changed", e);
        }
    }

    private static void requireOwnership(NftablesSettings settings, NfTables kernel)
            throws IOException, BackendException {
        if (settings.table().flags().isEmpty()) {
            return;
        }
        final Optional<String> obstacle = Trial.ownershipObstacle(kernel);
        if (obstacle.isPresent()) {
            kernel.close();
            throw new BackendException(
                    "nftables: table-owner = agent: " + obstacle.get() + "; leave it out; nothing was changed");
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
        if (plan.node().guardsLoopback()) { // node ports on loopback need it
            own.routeLoopback();
        }
        int changes = 0;
        failures.clear();
        if (isWhole) {
            generations.restart(kernel.generation());
        }
        for (IpFamily family : IpFamily.values()) {
            if (tables.containsKey(family) || isConcerned(family, plan, delta, isWhole)) {
                changes += write(family, plan, delta, isWhole);
            }
        }
        for (IOException failure : failures.values()) {
            if (failures.size() == tables.size()) {
                throw failure; // a host without IPv6, say, can do with IPv4 for good
            }
        }
        current = Optional.of(plan);
        counted = plan.rules().values();
        watch.start();
        note(plan, delta, isWhole);
        if (isWhole) {
            forwarder.replace(plan);
        } else {
            forwarder.change(plan, delta);
        }
        removeStaleFlows(plan, isWhole ? plan.rules().keySet() : touched(delta));
        return report(plan, changes);
    }

    /** Families that the node does not speak and nobody asks for are left alone. */
    private boolean isConcerned(IpFamily family, ForwardingPlan plan, PlanDelta delta, boolean isWhole) {
        final Stream<Frontend> news = isWhole
                ? plan.rules().keySet().stream()
                : delta.rules().stream().map(PlanDelta.RuleChange::frontend);
        return plan.node().families().contains(family)
                || own.owns(family)
                || news.anyMatch(frontend -> frontend.family() == family);
    }

    private int write(IpFamily family, ForwardingPlan plan, PlanDelta delta, boolean isWhole) {
        final FamilyTable table = tables.computeIfAbsent(family, _ -> new FamilyTable(family, settings.table()));
        try {
            own.enter(kernel, family);
            return isWhole ? table.replace(commits, plan) : table.change(commits, plan, delta);
        } catch (IOException e) {
            LOG.warn("nftables: {} rules are not those of the plan: {}", family, e.getMessage());
            failures.put(family, e);
            table.invalidate();
            return 0;
        }
    }

    private void removeStaleFlows(ForwardingPlan plan, Set<Frontend> touched) {
        try {
            final int removed = staleFlows.remove(plan, touched);
            if (removed > 0) {
                LOG.info("nftables: removed {} connections to endpoints that are gone", removed);
            }
        } catch (KernelException e) {
            LOG.warn("nftables: connections to endpoints that are gone can't be removed: {}", e.getMessage());
        }
    }

    @Override
    public List<Measurement> measurements() {
        return staleFlows.measurements();
    }

    private static Set<Frontend> touched(PlanDelta delta) {
        final Set<Frontend> touched = new HashSet<>();
        delta.rules().forEach(change -> touched.add(change.frontend()));
        return touched;
    }

    private void note(ForwardingPlan plan, PlanDelta delta, boolean isWhole) {
        if (isWhole) {
            shortfalls.clear();
            plan.rules().values().forEach(this::note);
            return;
        }
        for (PlanDelta.RuleChange change : delta.rules()) {
            shortfalls.remove(change.frontend());
            if (change.after() != null) {
                note(change.after());
            }
        }
    }

    private void note(Rule rule) {
        Shortfalls.problem(rule, Shortfalls.of(rule, NftablesProvider.CAPABILITIES))
                .ifPresent(problem -> shortfalls.put(rule.frontend(), problem));
    }

    private ApplyReport report(ForwardingPlan plan, int changes) {
        final Map<Frontend, RuleProblem> problems = new HashMap<>(shortfalls);
        forwarder.problems().forEach((frontend, reason) -> plan.rule(frontend)
                .ifPresent(rule -> problems.merge(
                        frontend,
                        new RuleProblem(frontend, rule.owner(), RuleProblem.Kind.DEGRADED, reason),
                        NftablesBackend::together)));
        int inForce = 0;
        for (FamilyTable table : tables.values()) {
            final IOException failure = failures.get(table.family());
            if (failure == null) {
                inForce += table.size();
                table.problems().forEach(problem -> problems.put(problem.frontend(), problem));
            } else {
                plan.rules().values().stream()
                        .filter(rule -> rule.frontend().family() == table.family())
                        .forEach(rule -> problems.put(
                                rule.frontend(),
                                new RuleProblem(
                                        rule.frontend(),
                                        rule.owner(),
                                        RuleProblem.Kind.REFUSED,
                                        table.family() + " rules could not be written: " + failure.getMessage())));
            }
        }
        return new ApplyReport(plan.version(), inForce, changes, List.copyOf(problems.values()));
    }

    /** A rule's one problem: the graver, or both reasons. */
    private static RuleProblem together(RuleProblem first, RuleProblem second) {
        return first.kind() == second.kind()
                ? new RuleProblem(
                        first.frontend(), first.owner(), first.kind(), first.reason() + "; " + second.reason())
                : first;
    }

    @Override
    public AuditReport audit() throws BackendException {
        return applied.audit(this::differences);
    }

    private List<String> differences() throws IOException {
        final int now = kernel.generation();
        if (generations.holds(now)) {
            return List.of();
        }
        final List<String> findings = new ArrayList<>();
        for (FamilyTable table : tables.values()) {
            if (!table.isBehind()) {
                final List<String> found = table.differences(kernel);
                if (!found.isEmpty()) {
                    table.invalidate();
                }
                findings.addAll(found);
            }
        }
        if (findings.isEmpty()) {
            generations.restart(now);
        }
        return findings;
    }

    /** Reads the tables if another program may have changed them, and repairs what was changed. */
    private void repair() {
        applied.tend(this::mend, e -> {
            applied.invalidate();
            LOG.warn("nftables: what another program changed can't be repaired yet: {}", e.getMessage());
        });
    }

    private void mend() throws IOException {
        if (current.isEmpty()) {
            return;
        }
        final List<String> findings = differences();
        if (findings.isEmpty()) {
            return;
        }
        generations.restart(kernel.generation());
        for (FamilyTable table : tables.values()) {
            if (table.isBehind()) {
                own.enter(kernel, table.family());
                table.replace(commits, current.get());
            }
        }
        LOG.warn("nftables: another program changed our tables, which were repaired: {}", String.join("; ", findings));
    }

    @Override
    public Stream<FlowRecord> flows() throws BackendException {
        return applied.flows(this::list);
    }

    private Stream<FlowRecord> list(ForwardingPlan plan) throws IOException {
        return PlanFlows.stream(settings.place().call(ConntrackDump::open), plan, ConntrackEntry::isDnat);
    }

    /** By the named counters, and how many connections there are now by connection tracking. */
    @Override
    public List<ServiceFigures> figures() throws BackendException {
        final List<ServiceFigures> now = applied.connections(this::list);
        final Set<ServicePortName> owners = new HashSet<>();
        counted.forEach(rule -> owners.add(rule.owner()));
        try {
            return settings.place().call(() -> Figures.read(settings.table().counting(), owners, now));
        } catch (IOException e) {
            throw AppliedPlan.failure(NAME, "its counters can't be read", e);
        }
    }

    @Override
    public FlowWatch watchFlows() throws BackendException {
        return applied.watch(() -> settings.place().call(ConntrackEvents::ofComingAndGoing));
    }

    @Override
    public CleanupReport cleanup(boolean dryRun) throws BackendException {
        return applied.cleanup(dryRun, () -> remove(dryRun), ledger::complaints);
    }

    private List<String> remove(boolean dryRun) throws IOException {
        final List<String> removed = own.remove(kernel, dryRun);
        if (!dryRun) {
            forwarder.close();
            tables.clear();
            current = Optional.empty();
            counted = List.of();
            generations.invalidate();
        }
        return removed;
    }

    @Override
    public void close() {
        watch.stop();
        applied.locked(() -> {
            forwarder.close();
            kernel.close();
        });
    }
}
