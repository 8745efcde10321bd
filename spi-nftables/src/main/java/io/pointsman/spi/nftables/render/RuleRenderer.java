package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.Verdict;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Renders one rule of a plan. Used once. */
public final class RuleRenderer {
    private final Rule rule;
    private final Sessions sessions;
    private final TableOptions options;
    private final Policies policies;
    private final Policy.Keys keys;
    private final Bytes key;
    private final List<EndpointPool> pools = new ArrayList<>();
    private final List<List<PoolEndpoint>> slots = new ArrayList<>();
    private final List<Entry> own = new ArrayList<>();
    private final Set<Entry> shared = new HashSet<>();
    private final Set<OnDemand> chains = new LinkedHashSet<>();
    private final Set<String> counters = new HashSet<>();

    private RuleRenderer(Rule rule, Sessions sessions, Policies policies, TableOptions options) {
        this.rule = rule;
        this.policies = policies;
        this.options = options;
        this.sessions = sessions;
        this.keys = rule.frontend().isNodePort() ? Policy.Keys.NODE_PORT : Policy.Keys.VIP;
        this.key = Layout.key(rule.frontend());
    }

    /**
     * Renders a rule. The same rule and session numbers give the same elements in the same order; elements that refer to
     * others come last.
     */
    public static RenderedRule render(Rule rule, Sessions sessions, Policies policies, TableOptions options) {
        final RuleRenderer renderer = new RuleRenderer(rule, sessions, policies, options);
        renderer.addAll();
        return new RenderedRule(renderer.own, renderer.shared, renderer.chains, renderer.counters);
    }

    /** Places of the numbers of a bound rule's sessions; empty if the rule has no affinity. */
    public static Map<Session, Place> sessionPlaces(Rule rule) {
        final Policy.Keys keys = rule.frontend().isNodePort() ? Policy.Keys.NODE_PORT : Policy.Keys.VIP;
        final Map<Session, Place> places = new HashMap<>();
        sessions(rule)
                .forEach((session, _) -> places.put(
                        session,
                        new Place(
                                keys.sessions,
                                Bytes.concatenated(
                                        Layout.key(rule.frontend()), Bytes.host32(places.size() * Layout.MAX_SLOTS)))));
        return places;
    }

    /** Sessions of a bound rule with their pools, in the order of their slots. */
    public static Map<Session, EndpointPool> sessions(Rule rule) {
        if (rule.affinity().isEmpty()) {
            return Map.of();
        }
        final Duration affinity = rule.affinity().get();
        final Map<Session, EndpointPool> sessions = new LinkedHashMap<>();
        for (Action action : rule.actions()) {
            if (action instanceof Action.Forward forward) {
                sessions.putIfAbsent(Session.of(forward.pool().id(), affinity), forward.pool());
            }
        }
        return sessions;
    }

    /** Endpoints of a pool, as values of maps. */
    public static Set<Bytes> endpoints(EndpointPool pool) {
        final Set<Bytes> endpoints = new HashSet<>();
        pool.endpoints().forEach(endpoint -> endpoints.add(Layout.endpoint(endpoint.address(), endpoint.port())));
        return endpoints;
    }

    private void addAll() {
        final Step pod = step(rule.fromLocalPod());
        final Step node = step(rule.fromNode());
        final Step external = step(rule.fromExternal());
        final Policy policy = policies.of(keys, traits(), pod, node, external);
        for (int pool = 0; pool < slots.size(); pool++) {
            endpoints(pool);
        }
        rule.affinity().ifPresent(this::sessions);
        sources();
        final Refusal refusal =
                new Refusal(answer(rule.fromLocalPod()), answer(rule.fromNode()), answer(rule.fromExternal()));
        counters(refusal);
        refusal(refusal);
        if (rule.kind() == FrontendKind.CLUSTER_IP) {
            shared.add(new Entry(
                    Layout.CLUSTER_IPS, Element.of(Bytes.address(rule.frontend().vip()))));
        }
        if (options.hasFastPath() && rule.forwards()) {
            fastPath();
        }
        if (!policy.leavesAll()) {
            lead(keys == Policy.Keys.VIP ? Layout.SERVICES : Layout.NODE_PORTS, policy, Verdict.goTo(policy.name()));
        }
    }

    private void fastPath() {
        if (keys == Policy.Keys.VIP) {
            shared.add(new Entry(
                    Layout.FAST_PATH_VIPS,
                    Element.of(Bytes.address(rule.frontend().vip()))));
            return;
        }
        final Element port = Element.of(Bytes.be16(rule.frontend().port()));
        switch (rule.frontend().protocol()) {
            case TCP -> own.add(new Entry(Layout.FAST_PATH_TCP_PORTS, port));
            case UDP -> own.add(new Entry(Layout.FAST_PATH_UDP_PORTS, port));
            case SCTP -> {} // flowtables do not support SCTP
        }
    }

    /** Traits of the rule; valid once the pools are known. */
    private Set<Policy.Trait> traits() {
        if (rule.allowedSources().isEmpty() && rule.affinity().isEmpty()) {
            return Set.of();
        }
        final Set<Policy.Trait> traits = EnumSet.noneOf(Policy.Trait.class);
        if (!rule.allowedSources().isEmpty()) {
            traits.add(Policy.Trait.LIMITED);
        }
        if (rule.affinity().isPresent() && !pools.isEmpty()) {
            traits.add(Policy.Trait.STICKY);
        }
        return traits;
    }

    private void lead(String map, OnDemand chain, Verdict verdict) {
        own.add(new Entry(map, Element.of(key, verdict)));
        chains.add(chain);
        chains.addAll(chain.leadsTo());
    }

    private Step step(Action action) {
        return switch (action) {
            case Action.Drop() -> new Step.Drop();
            case Action.Reject(), Action.Pass() -> new Step.Leave();
            case Action.Forward(EndpointPool pool, boolean masquerade) -> {
                final int index = index(pool);
                yield new Step.Forward(
                        index,
                        SlotTable.choice(rule.balancing()),
                        slots.get(index).size(),
                        masquerade);
            }
        };
    }

    private int index(EndpointPool pool) {
        final int known = pools.indexOf(pool);
        if (known >= 0) {
            return known;
        }
        pools.add(pool);
        slots.add(SlotTable.of(pool, rule.balancing()));
        return pools.size() - 1;
    }

    private Bytes slotKey(int slot) {
        return Bytes.concatenated(key, Bytes.host32(slot));
    }

    private void endpoints(int pool) {
        final List<PoolEndpoint> chosen = slots.get(pool);
        for (int slot = 0; slot < chosen.size(); slot++) {
            final PoolEndpoint endpoint = chosen.get(slot);
            own.add(new Entry(
                    keys.endpoints,
                    Element.of(
                            slotKey(pool * Layout.MAX_SLOTS + slot),
                            Layout.endpoint(endpoint.address(), endpoint.port()))));
        }
        for (PoolEndpoint endpoint : pools.get(pool).endpoints()) {
            if (endpoint.local()) { // a connection of another node's endpoint to itself does not pass this node
                final Bytes address = Bytes.address(endpoint.address());
                shared.add(new Entry(Layout.HAIRPINS, Element.of(Bytes.concatenated(address, address))));
            }
        }
    }

    private void sessions(Duration affinity) {
        for (int pool = 0; pool < pools.size(); pool++) {
            final Session session = Session.of(pools.get(pool).id(), affinity);
            final Binding binding = new Binding(session.timeout());
            final Bytes number = Bytes.host32(sessions.of(session));
            own.add(new Entry(keys.sessions, Element.of(slotKey(pool * Layout.MAX_SLOTS), number)));
            shared.add(new Entry(Layout.BINDINGS, Element.of(number, Verdict.goTo(binding.name()))));
            if (Counter.AFFINITY_HITS.isIn(options.counting())) {
                final String counter = Counter.AFFINITY_HITS.of(rule.owner());
                final Bytes chosen = Bytes.host32(sessions.of(session) | Sessions.CHOSEN);
                shared.add(new Entry(Layout.BINDINGS, Element.of(chosen, Verdict.goTo(binding.name()))));
                shared.add(new Entry(Layout.AFFINITY_HITS, Element.counted(number, counter)));
                counters.add(counter);
            }
            chains.add(binding);
        }
    }

    private void sources() {
        for (Cidr range : outermost(rule.allowedSources())) {
            final Bytes first = Bytes.concatenated(key, Bytes.address(range.address()));
            final Bytes last = Bytes.concatenated(key, Bytes.address(last(range)));
            own.add(new Entry(keys.allowed, first.equals(last) ? Element.of(first) : Element.range(first, last)));
        }
    }

    /** Removes ranges within others: a map of ranges takes no two that overlap, and deletes the wider for the narrower. */
    private List<Cidr> outermost(List<Cidr> ranges) {
        if (ranges.isEmpty()) {
            return List.of();
        }
        final List<Cidr> outermost = new ArrayList<>();
        for (Cidr range : new TreeSet<>(ranges)) {
            if (range.family() == rule.frontend().family()
                    && ranges.stream()
                            .noneMatch(other -> other.prefixLength() < range.prefixLength()
                                    && other.family() == range.family()
                                    && other.contains(range.address()))) {
                outermost.add(range);
            }
        }
        return outermost;
    }

    private static IpAddress last(Cidr range) {
        final byte[] bytes = range.address().toBytes();
        for (int bit = range.prefixLength(); bit < bytes.length * 8; bit++) {
            bytes[bit / 8] |= (byte) (0x80 >> bit % 8);
        }
        return IpAddress.ofBytes(bytes);
    }

    private void counters(Refusal refusal) {
        for (Counter counter : Counter.values()) {
            if (counter.isIn(options.counting()) && counter.isOfFrontends() && isMet(counter, refusal)) {
                final String name = counter.of(rule.owner());
                own.add(new Entry(
                        keys == Policy.Keys.VIP ? counter.byVip : counter.byNodePort, Element.counted(key, name)));
                counters.add(name);
            }
        }
    }

    private boolean isMet(Counter counter, Refusal refusal) {
        return switch (counter) {
            case CONNECTIONS -> !pools.isEmpty();
            case REFUSED -> refusal.isForAll();
            case DENIED -> !rule.allowedSources().isEmpty();
            case DROPPED -> rule.actions().contains(new Action.Drop());
            case AFFINITY_HITS -> false; // counted by session
            case FROM_CLIENTS, TO_CLIENTS -> true;
        };
    }

    private void refusal(Refusal refusal) {
        if (!refusal.isNothing()) {
            lead(
                    keys == Policy.Keys.VIP ? Layout.REFUSALS : Layout.NODE_REFUSALS,
                    refusal,
                    Verdict.jump(refusal.name()));
        }
    }

    private Refusal.Answer answer(Action action) {
        return switch (action) {
            case Action.Reject() -> Refusal.Answer.REJECT;
            case Action.Pass() -> Refusal.Answer.PASS;
            case Action.Drop() -> Refusal.Answer.NONE;
            case Action.Forward(EndpointPool pool, boolean _) ->
                slots.get(index(pool)).isEmpty() ? Refusal.Answer.REJECT : Refusal.Answer.NONE;
        };
    }
}
