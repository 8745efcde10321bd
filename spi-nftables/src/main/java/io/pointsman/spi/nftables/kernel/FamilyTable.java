package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.Errno;
import io.pointsman.linux.backend.ReferenceCounts;
import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.nftables.TransactionException;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.nftables.render.Entry;
import io.pointsman.spi.nftables.render.Layout;
import io.pointsman.spi.nftables.render.NodeRules;
import io.pointsman.spi.nftables.render.OnDemand;
import io.pointsman.spi.nftables.render.Place;
import io.pointsman.spi.nftables.render.RenderedRule;
import io.pointsman.spi.nftables.render.RuleRenderer;
import io.pointsman.spi.nftables.render.Session;
import io.pointsman.spi.nftables.render.Sessions;
import io.pointsman.spi.nftables.render.TableOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The table of one family: what is in it, and how it comes to be what a plan says. Not thread-safe. */
public final class FamilyTable {
    /** So that packets do not wait for long behind one transaction, nor the socket's buffer grows without bound. */
    private static final int BATCH_ELEMENTS = 20_000;

    private static final Set<Errno> OF_NO_SERVICE = Set.of(Errno.EPERM, Errno.EACCES, Errno.EMSGSIZE);

    private final IpFamily family;
    private final TableId id;
    private final TableOptions options;
    private final Map<String, NamedSet> sets = new LinkedHashMap<>();
    private final List<Chain> permanent;
    private final ChainStore chains;
    private final CounterStore counters;
    private final Map<Frontend, Rule> written = new HashMap<>();
    private final Map<Frontend, RuleProblem> refused = new HashMap<>();
    private final RetiringChains retiring;
    private ReferenceCounts<Entry> shared = new ReferenceCounts<>();
    private ReferenceCounts<OnDemand> inUse = new ReferenceCounts<>();
    private Sessions sessions = new Sessions();
    private ReferenceCounts<Session> bound = new ReferenceCounts<>();
    private Set<Entry> nodeEntries = Set.of();
    private Leftovers leftovers = Leftovers.NONE;

    private boolean isBehind = true;
    /** What the kernel has was read in this apply, so that it can refuse a change only for what is in it. */
    private boolean isReplacing;

    private int changes;

    public FamilyTable(IpFamily family, TableOptions options) {
        this.family = family;
        this.id = Layout.table(family);
        this.options = options;
        this.permanent = Layout.chains(options.counting());
        this.chains = new ChainStore(id);
        this.retiring = new RetiringChains(chains);
        this.counters = new CounterStore(id);
        Layout.sets(family, options).forEach(set -> sets.put(set.name(), set));
    }

    public IpFamily family() {
        return family;
    }

    /** How many rules are in force, older versions of refused ones not counted. */
    public int size() {
        return written.size()
                - (int) refused.keySet().stream().filter(written::containsKey).count();
    }

    /** Rules that the kernel refused. */
    public Collection<RuleProblem> problems() {
        return refused.values();
    }

    /** Whether the next plan has to be written whole. */
    public boolean isBehind() {
        return isBehind;
    }

    /** Has the next plan written whole. */
    public void invalidate() {
        isBehind = true;
    }

    /**
     * Makes the table what the plan says, whatever it is now; what is right already is not touched.
     *
     * @return how many elements and chains were changed
     */
    public int replace(Commits kernel, ForwardingPlan plan) throws IOException {
        isBehind = true;
        isReplacing = true;
        changes = 0;
        try {
            reconcile(kernel, plan);
        } finally {
            leftovers = Leftovers.NONE;
            isReplacing = false;
        }
        isBehind = false;
        return changes;
    }

    private void reconcile(Commits kernel, ForwardingPlan plan) throws IOException {
        final TableImage image = TableImage.read(kernel.kernel(), id, sets.values(), () -> likely(plan));
        final boolean fits = image.fits(sets.values(), permanent)
                && image.table()
                        .filter(table -> table.flags().contains(Table.Flag.PERSIST) != isPersistent())
                        .isEmpty();
        begin(image, fits, plan);
        final Transaction opening = new Transaction();
        if (!fits) {
            opening.deleteTable(id);
        }
        opening.add(Table.of(id).commented(Layout.COMMENT).flagged(options.flags()));
        for (NamedSet set : sets.values()) {
            if (!fits || !image.setNames().contains(set.name())) {
                opening.add(id, set);
            }
        }
        // A table that is to be ours alone is said to be so again: that fails where it is another's.
        if (image.table().isPresent()
                && fits
                && opening.size() == 1
                && options.flags().isEmpty()) {
            opening.clear(); // all of it is there
        }
        final List<ServiceChange.Step> steps = new ArrayList<>();
        plan.rules().forEach((frontend, rule) -> {
            if (frontend.family() == family) {
                steps.add(new ServiceChange.Step(frontend, null, rule));
            }
        });
        if (fits) {
            node(kernel, opening, plan.node());
            write(kernel, ServiceChange.group(steps), plan.node());
        } else {
            atOnce(kernel, opening, steps, plan.node());
        }
        removeUnclaimed(kernel);
        new Bindings(id, affinity()).purge(kernel, sessionPools(written.values()), Bindings.Others.GO);
    }

    private boolean isPersistent() {
        return options.flags().contains(Table.Flag.PERSIST);
    }

    /** By set, what it has if the table is as this plan says; numbers of sessions may be others. */
    private Map<String, List<Element>> likely(ForwardingPlan plan) {
        final Sessions any = new Sessions();
        final Set<Entry> common = new HashSet<>();
        final Map<String, List<Element>> likely = new HashMap<>();
        for (Rule rule : plan.rules().values()) {
            if (rule.frontend().family() == family) {
                final RenderedRule rendered = RuleRenderer.render(rule, any, options.counting());
                rendered.own().forEach(entry -> add(likely, entry));
                common.addAll(rendered.shared());
            }
        }
        common.forEach(entry -> add(likely, entry));
        return likely;
    }

    private static void add(Map<String, List<Element>> bySet, Entry entry) {
        bySet.computeIfAbsent(entry.set(), _ -> new ArrayList<>()).add(entry.element());
    }

    /** Forgets everything, to learn it from what was read. */
    private void begin(TableImage image, boolean fits, ForwardingPlan plan) {
        written.clear();
        refused.clear();
        retiring.clear();
        shared = new ReferenceCounts<>();
        inUse = new ReferenceCounts<>();
        counters.adopt(fits ? image.counters() : Set.of());
        sessions = new Sessions();
        bound = new ReferenceCounts<>();
        chains.adopt(fits ? image.rules() : Map.of());
        final Map<Place, Entry> entries = fits ? image.entries() : new HashMap<>();
        nodeEntries = new HashSet<>();
        entries.values().removeIf(entry -> entry.set().equals(Layout.NODE_PORT_ADDRESSES) && nodeEntries.add(entry));
        leftovers = new Leftovers(entries, Layout.addressBytes(family));
        for (Rule rule : plan.rules().values()) {
            if (rule.frontend().family() == family && rule.affinity().isPresent()) {
                RuleRenderer.sessionPlaces(rule).forEach((session, place) -> {
                    final Entry entry = leftovers.at(place);
                    if (entry != null) {
                        entry.element().value().ifPresent(number -> sessions.adopt(session, number.host32At(0)));
                    }
                });
            }
        }
    }

    /** Writes all into one transaction: what is there is of another shape and can't be changed bit by bit. */
    private void atOnce(Commits kernel, Transaction opening, List<ServiceChange.Step> steps, NodeFacts node)
            throws IOException {
        final ElementDelta delta = new ElementDelta();
        final Map<OnDemand, Boolean> needed = new LinkedHashMap<>();
        for (ServiceChange.Step step : steps) {
            final Rule rule = step.after();
            if (rule != null) {
                final RenderedRule rendered = render(rule);
                rendered.own().forEach(delta::add);
                shared.replace(Set.of(), rendered.shared(), delta::add);
                inUse.replace(Set.of(), rendered.chains(), chain -> needed.put(chain, true));
                counters.replace(Set.of(), rendered.counters(), _ -> {});
            }
        }
        final List<Chain> all = new ArrayList<>(permanent);
        needed.keySet().forEach(chain -> all.add(Chain.regular(chain.name())));
        final Map<String, List<io.pointsman.linux.nftables.Rule>> rules = rules(needed.keySet(), node);
        changes += chains.bring(opening, all, rules);
        nodeEntries = nodeEntries(node);
        nodeEntries.forEach(delta::add);
        counters.make(opening, counters.used());
        delta.write(opening, id, sets);
        kernel.commit(opening);
        counters.done(counters.used());
        chains.done(all, rules);
        changes += delta.size();
        steps.forEach(step -> put(step));
    }

    private void put(ServiceChange.Step step) {
        bound.replace(sessionsOf(written.get(step.frontend())), sessionsOf(step.after()), session -> {
            if (!bound.contains(session)) {
                sessions.forget(session);
            }
        });
        if (step.after() == null) {
            written.remove(step.frontend());
        } else {
            written.put(step.frontend(), step.after());
        }
        refused.remove(step.frontend());
    }

    private static Set<Session> sessionsOf(@Nullable Rule rule) {
        return rule == null ? Set.of() : RuleRenderer.sessions(rule).keySet();
    }

    private Map<String, List<io.pointsman.linux.nftables.Rule>> rules(Collection<OnDemand> others, NodeFacts node) {
        final Map<String, List<io.pointsman.linux.nftables.Rule>> rules =
                ChainStore.byChain(NodeRules.of(family, node, options));
        others.forEach(chain -> rules.put(chain.name(), chain.rules(family, node, options)));
        return rules;
    }

    private Set<Entry> nodeEntries(NodeFacts node) {
        final Set<Entry> entries = new HashSet<>();
        NodeRules.nodePortAddresses(family, node)
                .forEach(element -> entries.add(new Entry(Layout.NODE_PORT_ADDRESSES, element)));
        return entries;
    }

    /** What follows from the node, in one transaction with what is to come first. */
    private void node(Commits kernel, Transaction transaction, NodeFacts node) throws IOException {
        final List<Chain> all = new ArrayList<>(permanent);
        inUse.all().forEach(chain -> all.add(Chain.regular(chain.name())));
        final Map<String, List<io.pointsman.linux.nftables.Rule>> rules = rules(inUse.all(), node);
        int changed = chains.bring(transaction, all, rules);
        final Set<Entry> entries = nodeEntries(node);
        final ElementDelta delta = new ElementDelta();
        delta.replace(List.copyOf(nodeEntries), List.copyOf(entries));
        delta.write(transaction, id, sets);
        changed += delta.size();
        kernel.commit(transaction);
        chains.done(all, rules);
        nodeEntries = entries;
        changes += changed;
    }

    /**
     * Carries out what leads from the last plan to this one.
     *
     * @return how many elements and chains were changed
     */
    public int change(Commits kernel, ForwardingPlan plan, PlanDelta delta) throws IOException {
        if (isBehind) {
            return replace(kernel, plan);
        }
        isBehind = true;
        changes = 0;
        try {
            if (delta.nodeChanged()) {
                node(kernel, new Transaction(), plan.node());
            }
            final Map<Frontend, ServiceChange.Step> steps = new LinkedHashMap<>();
            for (PlanDelta.RuleChange change : delta.rules()) {
                if (change.frontend().family() == family) {
                    steps.put(change.frontend(), step(change.frontend(), change.after()));
                }
            }
            refused.keySet()
                    .removeIf(frontend -> !plan.rules().containsKey(frontend)
                            && !written.containsKey(frontend)); // never was in force
            for (Frontend frontend : refused.keySet()) {
                steps.put(frontend, step(frontend, plan.rules().get(frontend)));
            }
            write(kernel, ServiceChange.group(List.copyOf(steps.values())), plan.node());
            changes += retiring.removeRested(kernel);
        } catch (TransactionException e) {
            if (OF_NO_SERVICE.contains(e.first().errno())) {
                throw e;
            }
            return replace(kernel, plan); // another program wrote meanwhile: read what there is
        }
        isBehind = false;
        return changes;
    }

    private ServiceChange.Step step(Frontend frontend, @Nullable Rule after) {
        return new ServiceChange.Step(frontend, written.get(frontend), after);
    }

    /** Writes changes in transactions of a bounded size, each service port's in one. */
    private void write(Commits kernel, List<ServiceChange> services, NodeFacts node) throws IOException {
        final List<ServiceChange> batch = new ArrayList<>();
        int elements = 0;
        for (ServiceChange service : services) {
            batch.add(service);
            for (ServiceChange.Step step : service.steps()) {
                elements += weight(step.before()) + weight(step.after());
            }
            if (elements >= BATCH_ELEMENTS) {
                attempt(kernel, batch, node);
                batch.clear();
                elements = 0;
            }
        }
        attempt(kernel, batch, node);
    }

    private static int weight(@Nullable Rule rule) {
        int weight = 0;
        if (rule != null) {
            weight = 4 + rule.allowedSources().size();
            for (var pool : rule.pools()) {
                weight += pool.size();
            }
        }
        return weight;
    }

    private void attempt(Commits kernel, List<ServiceChange> services, NodeFacts node) throws IOException {
        if (services.isEmpty()) {
            return;
        }
        final Attempt attempt = new Attempt(services);
        try {
            attempt.commit(kernel, node);
        } catch (TransactionException e) {
            attempt.undo();
            final boolean wasRefused = services.stream().allMatch(service -> service.steps().stream()
                    .anyMatch(step -> refused.containsKey(step.frontend())));
            if (OF_NO_SERVICE.contains(e.first().errno()) || (!isReplacing && !wasRefused)) {
                throw e;
            }
            halve(kernel, services, node, e.first().what() + ": " + e.first().errno());
        } catch (IllegalArgumentException e) { // what is no element of our maps, refused before it is sent
            attempt.undo();
            halve(kernel, services, node, String.valueOf(e.getMessage()));
        }
    }

    private void halve(Commits kernel, List<ServiceChange> services, NodeFacts node, String why) throws IOException {
        if (services.size() > 1) {
            attempt(kernel, services.subList(0, services.size() / 2), node);
            attempt(kernel, services.subList(services.size() / 2, services.size()), node);
        } else {
            refuse(services.getFirst(), why);
        }
    }

    private void refuse(ServiceChange service, String why) {
        for (ServiceChange.Step step : service.steps()) {
            final Rule rule = step.after();
            if (rule == null) {
                refused.remove(step.frontend());
            } else {
                refused.put(
                        step.frontend(),
                        new RuleProblem(
                                step.frontend(),
                                rule.owner(),
                                RuleProblem.Kind.REFUSED,
                                "it is refused, what was in force for it stays: " + why));
            }
        }
    }

    /** One try to carry out some changes in one transaction; chains that they need are made in one before. */
    private final class Attempt {
        private final ElementDelta delta = new ElementDelta();
        private final List<Runnable> undo = new ArrayList<>();
        private final Set<OnDemand> chainsToggled = new LinkedHashSet<>();
        private final Set<String> countersToggled = new LinkedHashSet<>();
        private final List<ServiceChange> services;
        private final List<Rule> before = new ArrayList<>();
        private final List<Rule> after = new ArrayList<>();
        private final Set<Place> claimed = new HashSet<>();

        Attempt(List<ServiceChange> services) {
            this.services = List.copyOf(services);
            for (ServiceChange service : services) {
                for (ServiceChange.Step step : service.steps()) {
                    add(step);
                }
            }
        }

        private void add(ServiceChange.Step step) {
            final RenderedRule old = step.before() == null ? RenderedRule.NONE : render(step.before());
            final RenderedRule now = step.after() == null ? RenderedRule.NONE : render(step.after());
            if (step.before() != null) {
                before.add(step.before());
            }
            if (step.after() != null) {
                after.add(step.after());
            }
            final List<Entry> there = new ArrayList<>(old.own());
            if (!leftovers.isEmpty()) {
                now.own().forEach(entry -> claim(entry).ifPresent(there::add));
                claimRanges(step.frontend(), there);
            }
            delta.replace(there, now.own());
            final ReferenceCounts<Entry> entries = shared;
            entries.replace(old.shared(), now.shared(), entry -> {
                if (!entries.contains(entry)) {
                    delta.remove(entry);
                    return;
                }
                final Optional<Entry> present = claim(entry);
                if (present.isEmpty() || !present.get().element().equals(entry.element())) {
                    present.ifPresent(delta::remove);
                    delta.add(entry);
                }
            });
            inUse.replace(old.chains(), now.chains(), chainsToggled::add);
            counters.replace(old.counters(), now.counters(), countersToggled::add);
            undo.addFirst(() -> {
                counters.replace(now.counters(), old.counters(), _ -> {});
                entries.replace(now.shared(), old.shared(), _ -> {});
                inUse.replace(now.chains(), old.chains(), _ -> {});
            });
        }

        private Optional<Entry> claim(Entry wanted) {
            final Entry entry = leftovers.at(wanted.place());
            if (entry == null || !claimed.add(wanted.place())) {
                return Optional.empty();
            }
            return Optional.of(entry);
        }

        private void claimRanges(Frontend frontend, List<Entry> there) {
            for (Entry range : leftovers.rangesOf(frontend)) {
                if (claimed.add(range.place())) {
                    there.add(range);
                }
            }
        }

        void commit(Commits kernel, NodeFacts node) throws IOException {
            makeChains(kernel, node);
            final Transaction transaction = new Transaction();
            counters.make(transaction, countersToggled);
            delta.write(transaction, id, sets);
            counters.remove(transaction, countersToggled);
            kernel.commit(transaction);
            counters.done(countersToggled);
            changes += delta.size();
            leftovers.claimed(claimed);
            final Map<Integer, Set<Bytes>> shrunk = shrunkSessions();
            services.forEach(service -> service.steps().forEach(FamilyTable.this::put));
            rest();
            if (!shrunk.isEmpty()) {
                new Bindings(id, affinity()).purge(kernel, shrunk, Bindings.Others.STAY);
            }
        }

        private void makeChains(Commits kernel, NodeFacts node) throws IOException {
            final List<OnDemand> missing = chainsToggled.stream()
                    .filter(chain -> inUse.contains(chain) && !chains.contains(chain.name()))
                    .toList();
            final List<OnDemand> present = chainsToggled.stream()
                    .filter(chain -> inUse.contains(chain) && chains.contains(chain.name()))
                    .toList();
            final List<OnDemand> all = new ArrayList<>(missing);
            all.addAll(present);
            if (all.isEmpty()) {
                return;
            }
            final Map<String, List<io.pointsman.linux.nftables.Rule>> rules = new HashMap<>();
            all.forEach(chain -> rules.put(chain.name(), chain.rules(family, node, options)));
            final List<Chain> names =
                    all.stream().map(chain -> Chain.regular(chain.name())).toList();
            final Transaction transaction = new Transaction();
            final int changed = chains.bring(transaction, names, rules);
            if (!transaction.isEmpty()) {
                kernel.commit(transaction);
                chains.done(names, rules);
                changes += changed;
            }
            all.forEach(chain -> retiring.keep(chain.name()));
        }

        private void rest() {
            for (OnDemand chain : chainsToggled) {
                if (!inUse.contains(chain)) {
                    retiring.retire(chain.name());
                }
            }
        }

        /** Sessions that lost endpoints, with what they have left: their clients get another with their next connection. */
        private Map<Integer, Set<Bytes>> shrunkSessions() {
            final Map<Integer, Set<Bytes>> shrunk = new HashMap<>();
            final Map<Integer, Set<Bytes>> now = sessionPools(after);
            sessionPools(before).forEach((number, endpoints) -> {
                final Set<Bytes> left = now.getOrDefault(number, Set.of());
                if (!left.containsAll(endpoints)) {
                    shrunk.put(number, left);
                }
            });
            return shrunk;
        }

        void undo() {
            undo.forEach(Runnable::run);
        }
    }

    private NamedSet affinity() {
        final NamedSet set = sets.get(Layout.AFFINITY);
        if (set == null) {
            throw new IllegalStateException("the layout has no map of bindings");
        }
        return set;
    }

    private RenderedRule render(Rule rule) {
        return RuleRenderer.render(rule, sessions, options.counting());
    }

    /** By session, the endpoints that clients may be bound to. */
    private Map<Integer, Set<Bytes>> sessionPools(Collection<Rule> rules) {
        final Map<Integer, Set<Bytes>> pools = new HashMap<>();
        for (Rule rule : rules) {
            RuleRenderer.sessions(rule)
                    .forEach((session, pool) ->
                            pools.computeIfAbsent(sessions.of(session), _ -> RuleRenderer.endpoints(pool)));
        }
        return pools;
    }

    /** Removes what an earlier run left and this plan does not have: what leads there first. */
    private void removeUnclaimed(Commits kernel) throws IOException {
        final Set<Bytes> kept = new HashSet<>();
        refused.keySet().forEach(frontend -> kept.add(Layout.key(frontend)));
        final List<Entry> unclaimed = leftovers.unclaimed(kept);
        for (int from = 0; from < unclaimed.size(); from += BATCH_ELEMENTS) {
            final ElementDelta delta = new ElementDelta();
            unclaimed
                    .subList(from, Math.min(unclaimed.size(), from + BATCH_ELEMENTS))
                    .forEach(delta::remove);
            final Transaction transaction = new Transaction();
            delta.write(transaction, id, sets);
            kernel.commit(transaction);
            changes += delta.size();
        }
        removeCounters(kernel, kept);
        final Set<String> names = new HashSet<>();
        permanent.forEach(chain -> names.add(chain.name()));
        inUse.all().forEach(chain -> names.add(chain.name()));
        for (String chain : chains.all().keySet()) {
            if (!names.contains(chain)) {
                retiring.retire(chain);
            }
        }
    }

    /** Removes counters that no rule has any more, but for those that elements of refused rules may lead to. */
    private void removeCounters(Commits kernel, Set<Bytes> kept) throws IOException {
        final Set<String> gone = counters.unused();
        if (!kept.isEmpty()) {
            leftovers.all().forEach(entry -> entry.element().counter().ifPresent(gone::remove));
        }
        final Transaction transaction = new Transaction();
        counters.remove(transaction, gone);
        kernel.commit(transaction);
        counters.done(gone);
        changes += gone.size();
    }

    /** A sentence for each difference between the kernel's table and what was written. Changes nothing. */
    public List<String> differences(NfTables kernel) throws IOException {
        final Map<String, List<Element>> elements = new HashMap<>();
        written.values().forEach(rule -> render(rule).own().forEach(entry -> add(elements, entry)));
        shared.all().forEach(entry -> add(elements, entry));
        nodeEntries.forEach(entry -> add(elements, entry));
        return new TableAudit(id, sets.values(), permanent, chains.all(), elements).differences(kernel);
    }
}
