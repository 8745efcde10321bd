package io.pointsman.spi.ipvs;

import io.pointsman.linux.ipset.Ipset;
import io.pointsman.linux.ipset.IpsetElement;
import io.pointsman.linux.ipset.IpsetNetlink;
import io.pointsman.linux.ipset.Ipsets;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.FlavourProbe;
import io.pointsman.linux.iptables.WholeChains;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.program.Orphans;
import io.pointsman.linux.program.Programs;
import io.pointsman.linux.route.VipLink;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.ipvs.host.Leftovers;
import io.pointsman.spi.ipvs.host.Owned;
import io.pointsman.spi.ipvs.host.RuleText;
import io.pointsman.spi.ipvs.host.SetKind;
import io.pointsman.spi.ipvs.host.Sysctls;
import io.pointsman.spi.ipvs.host.Trial;
import io.pointsman.spi.ipvs.servers.Servers;
import io.pointsman.spi.ipvs.translate.DesiredState;
import io.pointsman.spi.ipvs.translate.ServerConfig;
import io.pointsman.spi.ipvs.translate.TranslatedRule;
import io.pointsman.spi.ipvs.translate.Translator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Our state in the kernel, and the order in which it changes, so that no packet matches half a rule. First come the sets
 * that accept and classify packets, then virtual servers with their destinations, then VIPs; removals come last. All calls
 * must be made in the network namespace that it was opened in. Not thread-safe.
 */
final class DataPlane {
    private static final Logger LOG = LoggerFactory.getLogger(DataPlane.class);
    /** Sets whose elements are compared with the plan; those of health check ports are always rewritten as a whole. */
    private static final List<Ipset> OUR_SETS = SetKind.sets(List.of(IpFamily.values()));

    private final IpvsSettings settings;
    private final Sysctls sysctls;
    private final String owner;
    private final Programs programs;
    private final Ledger ledger;
    private final Servers servers;
    private final VipLink vips;
    private final IpsetNetlink sets;
    private final Ipsets listing;
    private final Flavour flavour;
    private final WholeChains chains;
    private DesiredState desired = new DesiredState();
    private final Set<IpAddress> leaving = new HashSet<>();
    private final Map<IpFamily, Set<Integer>> healthWritten = new EnumMap<>(IpFamily.class);

    private DataPlane(
            IpvsSettings settings,
            String owner,
            Ledger ledger,
            Servers servers,
            VipLink vips,
            IpsetNetlink sets,
            Flavour flavour) {
        this.settings = settings;
        this.sysctls = new Sysctls(settings.sysctls(), ledger);
        this.ledger = ledger;
        this.servers = servers;
        this.vips = vips;
        this.sets = sets;
        this.owner = owner;
        this.programs = Programs.of(owner);
        this.listing = new Ipsets(programs);
        this.flavour = flavour;
        this.chains = new WholeChains(RuleText.programs(programs), RuleText.LAYOUT, flavour);
    }

    /** Opens the data plane; changes nothing yet. */
    static DataPlane open(IpvsSettings settings, Ledger ledger, String owner) throws IOException {
        final FlavourProbe.Finding finding = Trial.probe().find(settings.flavour());
        final Flavour flavour = finding.flavour().orElseThrow(() -> new IOException(finding.reason()));
        final Servers servers = Servers.open(ledger, settings.drainDeadlineSeconds() * 1_000_000_000L)
                .orElseThrow(() -> new IOException("this kernel has no IPVS"));
        return new DataPlane(settings, owner, ledger, servers, Owned.vips(), IpsetNetlink.open(), flavour);
    }

    void close() {
        servers.close();
        vips.close();
        sets.close();
    }

    boolean isDraining() {
        return servers.hasDraining();
    }

    /** Reads the kernel's state and changes it to the plan. Returns the number of changes. */
    int replace(ForwardingPlan plan) throws IOException {
        Orphans.await(owner, Orphans.PATIENCE, told -> LOG.info("ipvs: {}", told));
        sysctls.set().forEach(outcome -> LOG.info("ipvs: {}", outcome));
        ledger.enter(Owned.LINK, List.of(Owned.LINK_NAME));
        vips.prepare();
        ledger.enter(Owned.RULES, List.of(flavour));
        final Set<IpFamily> families = families(plan);
        createSets(families);
        int changes = writeRules(plan.node(), families);
        removeOtherFlavour();
        changes += writeHealth(plan);
        servers.read();
        desired = new DesiredState();
        final DesiredState.Difference all = DesiredState.Difference.none();
        plan.rules().forEach((frontend, rule) -> desired.put(frontend, translate(rule, plan.node()), all));

        final Set<IpsetElement> found = listing.read(OUR_SETS);
        final Set<IpsetElement> missing = new HashSet<>(desired.elements());
        missing.removeAll(found);
        final Map<ServerKey, Optional<ServerConfig>> changed = new HashMap<>();
        servers.keys().forEach(key -> changed.put(key, Optional.empty()));
        changed.putAll(desired.servers());
        final Set<IpsetElement> surplus = new HashSet<>(found);
        surplus.removeAll(desired.elements());
        surplus.removeIf(DataPlane::isOfVips);
        leaving.clear();
        leaving.addAll(vips.bound());
        leaving.addAll(vipsOf(found)); // a run that was killed may have added VIPs to the set and not bound them yet
        leaving.removeAll(desired.vips());
        final Set<IpAddress> moved = vips.setNode(plan.node());
        changes += commit(missing, changed, desired.vips(), moved, surplus);
        return changes;
    }

    /** Removes our rules from the iptables that the host used in an earlier run and no longer uses. */
    private void removeOtherFlavour() throws IOException {
        for (Flavour other : ledger.owned(Owned.RULES)) {
            if (other != flavour) {
                for (IpFamily family : IpFamily.values()) {
                    Leftovers.rules(programs, other, family, false)
                            .forEach(line -> LOG.info("ipvs: removed from the other iptables: {}", line));
                }
                ledger.strike(Owned.RULES, List.of(other));
            }
        }
    }

    private void createSets(Set<IpFamily> families) throws IOException {
        sets.create(families.stream().map(SetKind::health).toList());
        sets.create(SetKind.sets(families));
    }

    private static boolean isOfVips(IpsetElement element) {
        return element.set().equals(SetKind.VIPS.set(element.set().family()));
    }

    private static Set<IpAddress> vipsOf(Set<IpsetElement> elements) {
        return elements.stream()
                .filter(DataPlane::isOfVips)
                .map(element -> IpAddress.parse(element.text()))
                .collect(Collectors.toSet());
    }

    /** Changes the kernel's state from the previous plan to this one. Returns the number of changes. */
    int change(ForwardingPlan plan, PlanDelta delta) throws IOException {
        final DesiredState.Difference difference = DesiredState.Difference.none();
        int changes = 0;
        Set<IpAddress> moved = Set.of();
        final Set<IpFamily> fresh = families(plan, delta);
        if (!fresh.isEmpty()) {
            createSets(fresh);
        }
        if (delta.nodeChanged() || !fresh.isEmpty()) {
            fresh.addAll(chains.families());
            changes += writeRules(plan.node(), fresh);
        }
        if (delta.nodeChanged()) {
            moved = vips.setNode(plan.node());
            // Many rules depend on the node's addresses, which change so seldom that all rules are translated again.
            plan.rules().forEach((frontend, rule) -> desired.put(frontend, translate(rule, plan.node()), difference));
        }
        if (delta.healthChanged() || !fresh.isEmpty()) {
            changes += writeHealth(plan);
        }
        for (PlanDelta.RuleChange each : delta.rules()) {
            final Rule rule = each.after();
            desired.put(each.frontend(), rule == null ? TranslatedRule.NONE : translate(rule, plan.node()), difference);
        }
        servers.refused().keySet().forEach(key -> difference.servers().put(key, desired.server(key)));
        leaving.addAll(difference.vips().removed());
        leaving.removeAll(difference.vips().added());
        changes += commit(
                difference.elements().added(),
                difference.servers(),
                difference.vips().added(),
                moved,
                difference.elements().removed());
        return changes;
    }

    private TranslatedRule translate(Rule rule, NodeFacts node) {
        return Translator.translate(rule, node, settings.schedulers(), settings.fallsBack());
    }

    private int commit(
            Set<IpsetElement> fresh,
            Map<ServerKey, Optional<ServerConfig>> changed,
            Set<IpAddress> freshVips,
            Set<IpAddress> moved,
            Set<IpsetElement> gone)
            throws IOException {
        final List<IpsetElement> additions = new ArrayList<>(fresh);
        freshVips.stream().filter(vip -> !vips.isBound(vip)).map(SetKind::vip).forEach(additions::add);
        sets.add(additions);
        int changes = fresh.size();
        changes += servers.apply(changed, System.nanoTime());
        changes += vips.unbind(moved);
        changes += vips.bind(moved);
        changes += vips.bind(freshVips);
        final Set<IpsetElement> remarked = new HashSet<>();
        fresh.forEach(element -> remarked.add(element.withMark(0)));
        final List<IpsetElement> deletions = gone.stream()
                .filter(element -> !remarked.contains(element.withMark(0))) // else the element has another mark now
                .toList();
        sets.delete(deletions);
        return changes + deletions.size() + release();
    }

    /** Unbinds the VIPs that left and have no virtual server any more. */
    private int release() throws IOException {
        final Set<IpAddress> free = new HashSet<>();
        for (IpAddress vip : leaving) {
            if (!servers.isUsed(vip)) {
                free.add(vip);
            }
        }
        leaving.removeAll(free);
        final int changes = vips.unbind(free);
        sets.delete(free.stream().map(SetKind::vip).toList());
        return changes;
    }

    /** Deletes draining destinations that have no connections or whose deadline has passed. */
    void drain() throws IOException {
        servers.drain(System.nanoTime());
        release();
    }

    /** Families that the node or a rule uses; others may be missing on the host. */
    private static Set<IpFamily> families(ForwardingPlan plan) {
        final Set<IpFamily> families = plan.node().families();
        plan.rules().keySet().forEach(frontend -> families.add(frontend.family()));
        return families;
    }

    /** Families that a change uses for the first time. */
    private Set<IpFamily> families(ForwardingPlan plan, PlanDelta delta) {
        final Set<IpFamily> families = new TreeSet<>();
        delta.rules().forEach(change -> families.add(change.frontend().family()));
        if (delta.nodeChanged()) {
            families.addAll(plan.node().families());
        }
        families.removeAll(chains.families());
        return families;
    }

    private int writeRules(NodeFacts node, Set<IpFamily> families) throws IOException {
        int changes = 0;
        for (IpFamily family : families) {
            changes += chains.write(family, RuleText.render(family, settings.marks(), node)) ? 1 : 0;
        }
        return changes;
    }

    private int writeHealth(ForwardingPlan plan) throws IOException {
        int changes = 0;
        for (IpFamily family : chains.families()) {
            final Set<Integer> ports = new TreeSet<>();
            plan.healthChecks().stream()
                    .filter(check -> check.families().contains(family))
                    .map(HealthCheck::port)
                    .forEach(ports::add);
            final Ipset set = SetKind.health(family);
            sets.replace(
                    set, ports.stream().map(port -> IpsetElement.of(set, port)).toList());
            changes += ports.equals(healthWritten.getOrDefault(family, Set.of())) ? 0 : 1;
            healthWritten.put(family, ports);
        }
        return changes;
    }

    ApplyReport report(ForwardingPlan plan, int changes) {
        final List<RuleProblem> problems = new ArrayList<>(desired.problems());
        problems.addAll(sysctls.problems(plan.rules().values()));
        servers.refused().forEach((key, why) -> {
            for (Frontend frontend : desired.owners(key)) {
                final @Nullable Rule rule = plan.rules().get(frontend);
                if (rule != null) {
                    problems.add(new RuleProblem(frontend, rule.owner(), RuleProblem.Kind.REFUSED, why));
                }
            }
        });
        final Set<Frontend> out = new HashSet<>();
        problems.stream()
                .filter(problem -> problem.kind() != RuleProblem.Kind.DEGRADED)
                .forEach(problem -> out.add(problem.frontend()));
        return new ApplyReport(plan.version(), plan.rules().size() - out.size(), changes, problems);
    }

    /** Returns one sentence for each difference between the kernel's state and ours. */
    List<String> differences() throws IOException {
        final List<String> findings = new ArrayList<>(servers.differences());
        findings.addAll(vips.differences());
        final Set<IpsetElement> missing = new HashSet<>(desired.elements());
        vips.bound().forEach(vip -> missing.add(SetKind.vip(vip)));
        for (IpsetElement element : listing.read(OUR_SETS)) {
            if (!missing.remove(element)) {
                findings.add("ipset " + element.set().name() + " has an element that is not ours: " + element.text());
            }
        }
        missing.forEach(element -> findings.add("ipset " + element.set().name() + " has lost " + element.text()));
        for (IpFamily family : chains.families()) {
            findings.addAll(chains.differences(family));
        }
        findings.addAll(sysctls.differences());
        return findings;
    }

    /** Removes what the ledger records as ours; returns one line for each item. */
    List<String> remove(boolean dryRun) throws IOException {
        final List<String> removed = Leftovers.remove(programs, ledger, dryRun);
        if (!dryRun) {
            servers.forgetAll();
            desired = new DesiredState();
            leaving.clear();
            chains.forget();
        }
        return removed;
    }
}
