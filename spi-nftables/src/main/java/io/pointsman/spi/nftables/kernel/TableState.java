package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.backend.ReferenceCounts;
import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.nftables.render.Entry;
import io.pointsman.spi.nftables.render.Layout;
import io.pointsman.spi.nftables.render.OnDemand;
import io.pointsman.spi.nftables.render.Policies;
import io.pointsman.spi.nftables.render.RenderedRule;
import io.pointsman.spi.nftables.render.RuleRenderer;
import io.pointsman.spi.nftables.render.Session;
import io.pointsman.spi.nftables.render.Sessions;
import io.pointsman.spi.nftables.render.TableOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Content of one family's table, as last written, and the number of rules that use each shared part. Not thread-safe. */
final class TableState {
    private final IpFamily family;
    private final TableId id;
    private final TableOptions options;
    private final Map<String, NamedSet> sets = new LinkedHashMap<>();
    private final List<Chain> permanent;
    private final ChainStore chains;
    private final CounterStore counters;
    private final RetiringChains retiring;
    private final Map<Frontend, Rule> written = new HashMap<>();
    private final Map<Frontend, RuleProblem> refused = new HashMap<>();
    private ReferenceCounts<Entry> shared = new ReferenceCounts<>();
    private ReferenceCounts<OnDemand> chainsInUse = new ReferenceCounts<>();
    private final Policies policies = new Policies();
    private Sessions sessions = new Sessions();
    private ReferenceCounts<Session> bound = new ReferenceCounts<>();
    private Set<Entry> nodeEntries = Set.of();

    TableState(IpFamily family, TableOptions options) {
        this.family = family;
        this.id = Layout.table(family);
        this.options = options;
        this.permanent = Layout.chains(options);
        this.chains = new ChainStore(id);
        this.retiring = new RetiringChains(chains);
        this.counters = new CounterStore(id);
        Layout.sets(family, options).forEach(set -> sets.put(set.name(), set));
    }

    IpFamily family() {
        return family;
    }

    TableId id() {
        return id;
    }

    TableOptions options() {
        return options;
    }

    /** Sets of the layout, by name. */
    Map<String, NamedSet> sets() {
        return sets;
    }

    NamedSet affinity() {
        final NamedSet set = sets.get(Layout.AFFINITY);
        if (set == null) {
            throw new IllegalStateException("the layout has no map of bindings");
        }
        return set;
    }

    /** Chains that exist whatever the plan says. */
    List<Chain> permanent() {
        return permanent;
    }

    ChainStore chains() {
        return chains;
    }

    CounterStore counters() {
        return counters;
    }

    RetiringChains retiring() {
        return retiring;
    }

    /** Reference counts of elements that rules share. */
    ReferenceCounts<Entry> shared() {
        return shared;
    }

    /** Reference counts of chains that elements of rules refer to. */
    ReferenceCounts<OnDemand> chainsInUse() {
        return chainsInUse;
    }

    Sessions sessions() {
        return sessions;
    }

    /** Elements that follow from the node alone. */
    Set<Entry> nodeEntries() {
        return nodeEntries;
    }

    void nodeEntries(Set<Entry> now) {
        nodeEntries = now;
    }

    /** Rules in force, including older versions of refused rules. */
    Map<Frontend, Rule> written() {
        return Collections.unmodifiableMap(written);
    }

    /** Rules that the kernel refused; callers may change the map. */
    Map<Frontend, RuleProblem> refused() {
        return refused;
    }

    /** Number of rules in force, without older versions of refused rules. */
    int size() {
        return written.size()
                - (int) refused.keySet().stream().filter(written::containsKey).count();
    }

    /** Forgets everything except these chains that the table was found to have. */
    void adopt(Map<String, List<io.pointsman.linux.nftables.Rule>> foundChains) {
        written.clear();
        refused.clear();
        retiring.clear();
        shared = new ReferenceCounts<>();
        chainsInUse = new ReferenceCounts<>();
        sessions = new Sessions();
        bound = new ReferenceCounts<>();
        nodeEntries = Set.of();
        chains.adopt(foundChains);
        counters.clear();
    }

    RenderedRule render(@Nullable Rule rule) {
        return rule == null ? RenderedRule.NONE : RuleRenderer.render(rule, sessions, policies, options);
    }

    /** Records a rule that was found in the table with all that it needs. */
    void adopt(Rule rule, RenderedRule rendered) {
        shared.replace(Set.of(), rendered.shared(), _ -> {});
        chainsInUse.replace(Set.of(), rendered.chains(), _ -> {});
        counters.replace(Set.of(), rendered.counters(), _ -> {});
        put(new ServiceChange.Step(rule.frontend(), null, rule));
    }

    /** Records a step that was committed. */
    void put(ServiceChange.Step step) {
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
        if (!refused.isEmpty()) {
            refused.remove(step.frontend());
        }
    }

    private static Set<Session> sessionsOf(@Nullable Rule rule) {
        return rule == null ? Set.of() : RuleRenderer.sessions(rule).keySet();
    }

    /** Endpoints that clients may be bound to, by session of these rules. */
    Map<Integer, Set<Bytes>> sessionPools(Collection<Rule> rules) {
        final Map<Integer, Set<Bytes>> pools = new HashMap<>();
        for (Rule rule : rules) {
            RuleRenderer.sessions(rule)
                    .forEach((session, pool) ->
                            pools.computeIfAbsent(sessions.of(session), _ -> RuleRenderer.endpoints(pool)));
        }
        return pools;
    }

    /** All elements of the table, by set, except those that its rules add. */
    Map<String, List<Element>> elements() {
        final Map<String, List<Element>> elements = new HashMap<>();
        written.values().forEach(rule -> render(rule).own().forEach(entry -> add(elements, entry)));
        shared.all().forEach(entry -> add(elements, entry));
        nodeEntries.forEach(entry -> add(elements, entry));
        return elements;
    }

    private static void add(Map<String, List<Element>> bySet, Entry entry) {
        bySet.computeIfAbsent(entry.set(), _ -> new ArrayList<>()).add(entry.element());
    }
}
