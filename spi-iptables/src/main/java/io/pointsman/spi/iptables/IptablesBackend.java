package io.pointsman.spi.iptables;

import io.pointsman.linux.backend.KernelBackend;
import io.pointsman.linux.backend.LastingFaults;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.StaleFlows;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.FlavourProbe;
import io.pointsman.linux.iptables.LockedException;
import io.pointsman.linux.iptables.OwnedChain;
import io.pointsman.linux.iptables.RuleStamps;
import io.pointsman.linux.iptables.RulesetGeneration;
import io.pointsman.linux.iptables.WatchedRules;
import io.pointsman.linux.netfilter.RulesetWatch;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.program.Orphans;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.iptables.kernel.Cleanup;
import io.pointsman.spi.iptables.kernel.FamilyWriter;
import io.pointsman.spi.iptables.kernel.IptablesHost;
import io.pointsman.spi.iptables.kernel.RuleCounters;
import io.pointsman.spi.iptables.kernel.Trial;
import io.pointsman.spi.iptables.render.FamilyRules;
import io.pointsman.spi.iptables.render.Names;
import io.pointsman.spi.iptables.render.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Backend that keeps a plan's rules in iptables. */
final class IptablesBackend extends KernelBackend {
    private static final Logger LOG = LoggerFactory.getLogger(IptablesBackend.class);
    private static final String REPAIR = "repair";
    private static final String NAME = "iptables";
    /**
     * Maximum number of audits in a row without reading the rules. It bounds the time to find a change that keeps a table's
     * outline.
     */
    private static final int MAX_AUDITS_ON_TRUST = 20;

    private final IptablesSettings settings;
    private final Flavour flavour;
    private final IptablesHost kernel;
    private final Ledger ledger;
    private final RulesetGeneration generation;
    private final RulesetWatch watch;
    private final StaleFlows staleFlows;
    private final boolean dropsInvalid;
    private final String owner;
    /** Families whose rules the last write could not change. */
    private final Map<IpFamily, IOException> failures = new EnumMap<>(IpFamily.class);

    private final Map<IpFamily, FamilyWriter> writers = new EnumMap<>(IpFamily.class);
    private final LastingFaults faults = new LastingFaults();
    private boolean otherIsClean;
    private int auditsOnTrust;
    private boolean comments = true;
    private volatile List<Measurement> ruleCounts = List.of();
    private final RuleCounters counters;
    private Optional<ForwardingPlan> counted = Optional.empty(); // plan whose rules are counted; guarded by the lock
    private volatile Map<ServicePortName, ServiceFigures> lastCounted = Map.of();

    private IptablesBackend(
            IptablesSettings settings,
            Flavour flavour,
            IptablesHost kernel,
            Ledger ledger,
            String owner,
            boolean dropsInvalid) {
        super(
                NAME,
                "is not in force; the previous plan stays in force until this one can be written",
                settings.place(),
                ledger,
                ConntrackEntry::isDnat);
        this.settings = settings;
        this.owner = owner;
        this.flavour = flavour;
        this.kernel = kernel;
        this.ledger = ledger;
        this.dropsInvalid = dropsInvalid;
        this.counters = new RuleCounters(kernel, flavour);
        this.staleFlows = new StaleFlows(settings.place(), settings.cutsStaleTcp(), StaleFlows::unserved);
        final RuleStamps stamps = new RuleStamps(settings.place(), flavour, Table.words());
        this.generation = new RulesetGeneration(stamps);
        this.watch = new RulesetWatch(
                NAME,
                new WatchedRules(stamps, generation, Names.PREFIX, kernel::isOwn),
                settings.watchSeconds(),
                this::repair,
                IptablesBackend::warn);
    }

    static IptablesBackend open(BackendConfig config) throws BackendException {
        final IptablesSettings settings = IptablesSettings.of(config);
        final String owner = config.stateDirectory().toAbsolutePath().toString();
        final IptablesHost kernel = new IptablesHost(settings.place(), settings.lockWaitSeconds(), owner);
        try {
            final boolean _ = settings.place().call(() -> true); // else a wrong namespace looks like a missing program
            final FlavourProbe.Finding finding =
                    Trial.probe(settings.place().programs()).find(settings.flavour());
            final Flavour flavour = finding.flavour()
                    .orElseThrow(() -> new BackendException("iptables: " + finding.reason() + "; nothing was changed"));
            final Ledger ledger = OwnedChain.ledger(config.stateDirectory());
            ledger.complaints().forEach(complaint -> LOG.warn("iptables: a ledger entry can't be read: {}", complaint));
            final boolean dropsInvalid = !kernel.isLiberal();
            LOG.info("iptables: using {}; settings {}", finding.reason(), settings);
            return new IptablesBackend(settings, flavour, kernel, ledger, owner, dropsInvalid);
        } catch (IOException e) {
            throw failure(NAME, "could not be started; nothing was changed", e);
        }
    }

    private static void tell(String what) {
        LOG.info("iptables: {}", what);
    }

    private static void warn(String what) {
        LOG.warn("iptables: {}", what);
    }

    @Override
    protected ApplyReport carryOut(ForwardingPlan plan, PlanDelta delta, boolean wholesale) throws IOException {
        if (writers.isEmpty()) {
            watch.start();
            Orphans.await(owner, Orphans.PATIENCE, IptablesBackend::tell);
        }
        if (plan.node().guardsLoopback()) { // needed for node ports on loopback
            kernel.routeLoopback(ledger);
        }
        final int changes = write(plan, delta, wholesale);
        countRules();
        counted = Optional.of(plan);
        if (!otherIsClean) {
            removeOtherFlavour();
            otherIsClean = true;
        }
        final Set<Frontend> touched = touched(plan, delta, wholesale);
        writers.values().forEach(writer -> touched.addAll(writer.takeFoundFrontends()));
        staleFlows.remove(plan, touched, IptablesBackend::tell, IptablesBackend::warn);
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

    private int write(ForwardingPlan plan, PlanDelta delta, boolean wholesale) throws IOException {
        final boolean withComments = comments && plan.rules().size() <= settings.commentLimit();
        final boolean nodeMatters =
                wholesale || delta.nodeChanged() || delta.healthChanged() || withComments != comments;
        comments = withComments;
        int changes = 0;
        failures.clear();
        final Set<Frontend> touched = touched(plan, delta, wholesale);
        for (IpFamily family : IpFamily.values()) {
            final boolean isNew = !writers.containsKey(family);
            if (isNew && !isConcerned(family, plan, touched) && !(wholesale && hasChains(family))) {
                continue;
            }
            final FamilyWriter writer = writers.computeIfAbsent(family, this::newWriter);
            try {
                if (nodeMatters || isNew || writer.isBehind()) {
                    writer.rules().node(plan.node(), plan.healthChecks(), comments);
                }
                changes += writer.write(
                        isNew || wholesale || writer.isBehind() ? writer.stepsTo(plan) : writer.stepsOf(delta));
                faults.solved(family.toString());
            } catch (IOException e) {
                if (faults.add(family.toString(), String.valueOf(e.getMessage()))) {
                    LOG.warn("iptables: {} rules stay as they are: {}", family, e.getMessage());
                }
                failures.put(family, e);
            }
        }
        for (IOException failure : failures.values()) {
            // a host without IPv6, for example, can work with IPv4 alone; a lock is free again soon, so another try is
            // worthwhile
            if (failures.size() == writers.size() || failure instanceof LockedException) {
                throw failure;
            }
        }
        return changes;
    }

    /** Whether the ledger has chains of a family, of this run or an earlier one. */
    private boolean hasChains(IpFamily family) {
        return ledger.owned(OwnedChain.KIND).stream().anyMatch(chain -> chain.family() == family);
    }

    private FamilyWriter newWriter(IpFamily family) {
        return new FamilyWriter(
                new FamilyRules(family, flavour, settings.mark(), settings.ours(), dropsInvalid),
                flavour,
                kernel,
                ledger,
                generation);
    }

    /** Removes our rules from the iptables that the host used in an earlier run and no longer uses. */
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
                refused(plan, writer.family(), writer.family() + " rules stay as they were: " + failure.getMessage())
                        .forEach(problems::add);
            }
        }
        return new ApplyReport(plan.version(), inForce, changes, problems);
    }

    private boolean isTrusted() {
        return writers.keySet().stream().allMatch(generation::holds);
    }

    /** Reads the rules if another program may have changed them, and writes those that differ. */
    private void repair() {
        tend(this::rewrite, e -> {
            invalidate();
            if (faults.add(REPAIR, String.valueOf(e.getMessage()))) {
                LOG.warn("iptables: rules that another program changed can't be restored yet: {}", e.getMessage());
            }
        });
    }

    private int rewrite() throws IOException {
        if (writers.isEmpty() || isTrusted()) {
            faults.solved(REPAIR);
            return 0;
        }
        generation.restart();
        int changes = 0;
        for (FamilyWriter writer : writers.values()) {
            changes += writer.rewrite();
        }
        countRules();
        faults.solved(REPAIR);
        if (changes > 0) {
            LOG.warn("iptables: another program changed our rules; {} chains and jumps were rewritten", changes);
        }
        return changes;
    }

    @Override
    protected List<String> differences() throws IOException {
        if (auditsOnTrust < MAX_AUDITS_ON_TRUST && isTrusted()) {
            auditsOnTrust++;
            return List.of();
        }
        auditsOnTrust = 0;
        final Map<IpFamily, Integer> since = new EnumMap<>(IpFamily.class);
        writers.keySet().forEach(family -> generation.current(family).ifPresent(stamp -> since.put(family, stamp)));
        final List<String> findings = new ArrayList<>();
        for (FamilyWriter writer : writers.values()) {
            final List<String> own = writer.differences();
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

    /**
     * Returns figures from the rules' counters, and the number of connections from connection tracking. While rules are
     * being written, the counters are those of the last call.
     */
    @Override
    public List<ServiceFigures> figures() throws BackendException {
        final List<ServiceFigures> now = super.figures();
        final Optional<Map<ServicePortName, ServiceFigures>> read = readUnlessBusy(
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
    protected List<String> remove(boolean dryRun) throws IOException {
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
