package io.pointsman.spi.nftables;

import io.pointsman.linux.backend.KernelBackend;
import io.pointsman.linux.backend.LastingFaults;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.StaleFlows;
import io.pointsman.linux.localhost.ForwarderLimits;
import io.pointsman.linux.localhost.LocalhostForwarder;
import io.pointsman.linux.localhost.StaleTcp;
import io.pointsman.linux.netfilter.RulesetWatch;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.Shortfalls;
import io.pointsman.spi.nftables.fastpath.FastPaths;
import io.pointsman.spi.nftables.kernel.Commits;
import io.pointsman.spi.nftables.kernel.FamilyTable;
import io.pointsman.spi.nftables.kernel.Figures;
import io.pointsman.spi.nftables.kernel.Generations;
import io.pointsman.spi.nftables.kernel.OwnTables;
import io.pointsman.spi.nftables.kernel.Trial;
import io.pointsman.spi.nftables.kernel.WatchedTables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Backend of one network namespace; owns its tables. */
final class NftablesBackend extends KernelBackend {
    private static final Logger LOG = LoggerFactory.getLogger(NftablesBackend.class);
    private static final String REPAIR = "repair";
    private static final String NAME = "nftables";

    private final NftablesSettings settings;
    private final NfTables kernel;
    private final OwnTables own;
    private final StaleFlows staleFlows;
    private final LocalhostForwarder forwarder;
    private final Map<IpFamily, FamilyTable> tables = new EnumMap<>(IpFamily.class);
    /** Families whose tables the last plan could not be written to, with the error. */
    private final Map<IpFamily, IOException> failures = new EnumMap<>(IpFamily.class);

    private final LastingFaults faults = new LastingFaults();

    private final Map<Frontend, RuleProblem> shortfalls = new HashMap<>();
    private final Generations generations = new Generations();
    private final Commits commits;
    private final RulesetWatch watch;
    private Optional<ForwardingPlan> current = Optional.empty();
    /** Rules of the plan in force, for threads that read counters without the lock. */
    private volatile Collection<Rule> counted = List.of();

    private final FastPaths fastPaths;

    private NftablesBackend(NftablesSettings settings, NfTables kernel, Ledger ledger) {
        super(
                NAME,
                "is in force in part only; the next one is applied whole",
                settings.place(),
                ledger,
                ConntrackEntry::isDnat);
        this.settings = settings;
        this.kernel = kernel;
        this.own = new OwnTables(settings.place(), ledger);
        this.commits = new Commits(kernel, generations);
        this.watch = new RulesetWatch(
                NAME,
                new WatchedTables(settings.place(), generations),
                settings.watchSeconds(),
                this::repair,
                NftablesBackend::warn);
        this.fastPaths = FastPaths.tried(
                settings.table().fastPath(),
                settings.place(),
                () -> tend(this::enterInterfaces, e -> warn("interfaces can't be read: " + e.getMessage())),
                NftablesBackend::warn);
        this.staleFlows = new StaleFlows(settings.place(), settings.cutsStaleTcp(), StaleFlows::unserved);
        this.forwarder = new LocalhostForwarder(
                settings.place(),
                settings.cutsStaleTcp() ? StaleTcp.CUT : StaleTcp.KEEP,
                ForwarderLimits.DEFAULT,
                NftablesBackend::warn);
    }

    static NftablesBackend open(BackendConfig config) throws BackendException {
        final NftablesSettings settings = NftablesSettings.of(config);
        try {
            final Ledger ledger = OwnTables.ledger(config.stateDirectory());
            ledger.complaints().forEach(complaint -> LOG.warn("nftables: a ledger entry can't be read: {}", complaint));
            LOG.info("nftables: settings {}", settings);
            final NfTables kernel = settings.place().call(NfTables::openTwice);
            requireOwnership(settings, kernel);
            return new NftablesBackend(settings, kernel, ledger);
        } catch (IOException e) {
            throw failure(NAME, "could not be started; nothing was changed", e);
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

    private static void warn(String what) {
        LOG.warn("nftables: {}", what);
    }

    @Override
    protected ApplyReport carryOut(ForwardingPlan plan, PlanDelta delta, boolean isWhole) throws IOException {
        if (plan.node().guardsLoopback()) { // node ports on loopback need it
            own.routeLoopback();
        }
        final Set<Frontend> touched = touched(plan, delta, isWhole);
        int changes = 0;
        failures.clear();
        final boolean mayBeNew = isWhole || tables.values().stream().anyMatch(FamilyTable::isBehind);
        if (isWhole) {
            generations.restart(kernel.generation());
        }
        for (IpFamily family : IpFamily.values()) {
            if (tables.containsKey(family) || own.owns(family) || isConcerned(family, plan, touched)) {
                changes += write(family, plan, delta, isWhole);
            }
        }
        for (IOException failure : failures.values()) {
            if (failures.size() == tables.size()) {
                throw failure; // a host without IPv6, for instance, may use IPv4 alone for good
            }
        }
        current = Optional.of(plan);
        counted = plan.rules().values();
        watch.start();
        if (mayBeNew) {
            enterInterfaces();
        }
        note(plan, delta, isWhole);
        if (isWhole) {
            forwarder.replace(plan);
        } else {
            forwarder.change(plan, delta);
        }
        staleFlows.remove(plan, touched, told -> LOG.info("nftables: {}", told), NftablesBackend::warn);
        return report(plan, changes);
    }

    private int write(IpFamily family, ForwardingPlan plan, PlanDelta delta, boolean isWhole) {
        final FamilyTable table = tables.computeIfAbsent(
                family, _ -> new FamilyTable(family, settings.table().with(fastPaths.of(family))));
        try {
            own.enter(kernel, family);
            final int changes = isWhole ? table.replace(commits, plan) : table.change(commits, plan, delta);
            faults.solved(family.toString());
            return changes;
        } catch (IOException e) {
            if (faults.add(family.toString(), String.valueOf(e.getMessage()))) {
                LOG.warn("nftables: {} rules of the plan could not be written: {}", family, e.getMessage());
            }
            failures.put(family, e);
            table.invalidate();
            return 0;
        }
    }

    private void enterInterfaces() {
        final List<IpFamily> written = tables.keySet().stream()
                .filter(family -> !failures.containsKey(family))
                .toList();
        fastPaths.enterInterfaces(commits, written);
    }

    @Override
    public List<Measurement> measurements() {
        final List<Measurement> all = new ArrayList<>(staleFlows.measurements());
        all.addAll(fastPaths.measurements());
        return all;
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
                refused(plan, table.family(), table.family() + " rules could not be written: " + failure.getMessage())
                        .forEach(problem -> problems.put(problem.frontend(), problem));
            }
        }
        return new ApplyReport(plan.version(), inForce, changes, List.copyOf(problems.values()));
    }

    /** Merges two problems of a rule: both reasons if they are of one kind, else the first. */
    private static RuleProblem together(RuleProblem first, RuleProblem second) {
        return first.kind() == second.kind()
                ? new RuleProblem(
                        first.frontend(), first.owner(), first.kind(), first.reason() + "; " + second.reason())
                : first;
    }

    @Override
    protected List<String> differences() throws IOException {
        final int now = kernel.generation();
        if (generations.holds(now)) {
            return List.of();
        }
        final List<String> findings = new ArrayList<>(fastPaths.differences(kernel));
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
        tend(this::mend, e -> {
            invalidate();
            if (faults.add(REPAIR, String.valueOf(e.getMessage()))) {
                LOG.warn("nftables: changes of another program can't be repaired yet: {}", e.getMessage());
            }
        });
    }

    private void mend() throws IOException {
        if (current.isEmpty()) {
            return;
        }
        final List<String> findings = differences();
        if (findings.isEmpty()) {
            faults.solved(REPAIR);
            return;
        }
        generations.restart(kernel.generation());
        for (FamilyTable table : tables.values()) {
            if (table.isBehind()) {
                own.enter(kernel, table.family());
                table.replace(commits, current.get());
            }
        }
        enterInterfaces();
        faults.solved(REPAIR);
        LOG.warn("nftables: another program changed our tables, which were repaired: {}", String.join("; ", findings));
    }

    /** Figures from the named counters, with the current number of connections from connection tracking. */
    @Override
    public List<ServiceFigures> figures() throws BackendException {
        final List<ServiceFigures> now = super.figures();
        try {
            return settings.place().call(() -> Figures.read(settings.table().counting(), counted, now));
        } catch (IOException e) {
            throw failure(NAME, "its counters can't be read", e);
        }
    }

    @Override
    protected List<String> remove(boolean dryRun) throws IOException {
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
        fastPaths.stop();
        tend(
                () -> {
                    forwarder.close();
                    kernel.close();
                },
                e -> warn("could not be closed: " + e.getMessage()));
    }
}
