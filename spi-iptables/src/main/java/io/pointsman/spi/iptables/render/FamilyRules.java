package io.pointsman.spi.iptables.render;

import io.pointsman.linux.backend.ReferenceCounts;
import io.pointsman.linux.iptables.ChainTexts;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.MarkBit;
import io.pointsman.linux.iptables.PodMatches;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Rules of one family and their chains. A changed rule costs the rendering of its service port and of the dispatch chains on
 * its path. Not thread-safe.
 */
public final class FamilyRules {
    /** Change of a service port: as last rendered, and as rendered now. */
    private record Change(ServicePortName owner, RenderedServicePort before, RenderedServicePort after) {}

    private final IpFamily family;
    private final BaseRenderer base;
    private final MarkBit mark;
    private final boolean dropsInvalid;
    private final ChainTexts nat = new ChainTexts();
    private final ChainTexts filter = new ChainTexts();
    private final DispatchTree vips;
    private final DispatchTree nodePorts;
    private final DispatchTree refusedVips;
    private final DispatchTree refusedNodePorts;
    private final DispatchTree clusterIps;

    private final Map<ServicePortName, SortedMap<Frontend, Rule>> rules = new HashMap<>();
    private final Map<ServicePortName, RenderedServicePort> units = new HashMap<>();
    /** Service ports by the names of their chains, in both tables. */
    private final Map<String, ServicePortName> chainOwners = new HashMap<>();

    private final Map<ServicePortName, List<RuleProblem>> problems = new TreeMap<>();
    private final Set<ServicePortName> dirty = new HashSet<>();
    private final ReferenceCounts<IpAddress> clusterIpUses = new ReferenceCounts<>();
    private final ReferenceCounts<MarkPolicy> markUses = new ReferenceCounts<>();
    private final ReferenceCounts<Cidr> endpointRangeUses = new ReferenceCounts<>();
    private @Nullable NodeFacts node;
    private PodMatches pods = new PodMatches(List.of());
    private boolean comments = true;
    private boolean endpointRangesChanged = true;
    private int size;

    public FamilyRules(IpFamily family, Flavour flavour, MarkBit mark, MarkBit ours, boolean dropsInvalid) {
        this.family = family;
        this.base = new BaseRenderer(family, mark, ours);
        this.mark = mark;
        this.dropsInvalid = dropsInvalid;
        final int bucketSize = bucketSize(flavour);
        vips = new DispatchTree(Names.VIPS, family, bucketSize, nat);
        nodePorts = new DispatchTree(Names.NODE_PORTS, family, bucketSize, nat);
        refusedVips = new DispatchTree(Names.REFUSED_VIPS, family, bucketSize, filter);
        refusedNodePorts = new DispatchTree(Names.REFUSED_NODE_PORTS, family, bucketSize, filter);
        clusterIps = new DispatchTree(Names.CLUSTER_IPS, family, bucketSize, filter);
        base.renderNat(nat);
    }

    /**
     * Maximum number of frontends that a chain lists. iptables-nft loads chains slowly, so it gets fewer and longer ones.
     * With half as many rules in a chain, a new connection at 10,000 services took 2 microseconds less; legacy loads more
     * chains without loss.
     */
    private static int bucketSize(Flavour flavour) {
        return switch (flavour) {
            case NFT -> 16;
            case LEGACY -> 8;
        };
    }

    public IpFamily family() {
        return family;
    }

    public ChainTexts table(Table table) {
        return switch (table) {
            case NAT -> nat;
            case FILTER -> filter;
        };
    }

    /** Chains by table name. */
    public Map<String, ChainTexts> tables() {
        return Map.of(Table.NAT.word(), nat, Table.FILTER.word(), filter);
    }

    /** Number of rules. */
    public int size() {
        return size;
    }

    /** Service port that owns a chain; empty if the chain is not of a single service port. */
    public Optional<ServicePortName> ownerOf(String chain) {
        return Optional.ofNullable(chainOwners.get(chain));
    }

    /** Rules by frontend. */
    public Map<Frontend, Rule> byFrontend() {
        final Map<Frontend, Rule> all = new HashMap<>();
        rules.values().forEach(all::putAll);
        return all;
    }

    /** Sets the node's facts; renders all rules again if they depend on the change. */
    public void node(NodeFacts facts, List<HealthCheck> healthChecks, boolean withComments) {
        final NodeFacts before = node;
        final PodMatches podsNow = PodMatches.of(facts.podDetector(), family);
        if (!podsNow.equals(pods) || withComments != comments) {
            dirty.addAll(rules.keySet());
        }
        if (!podsNow.equals(pods)) {
            markUses.all().forEach(policy -> policy.chain(pods).ifPresent(nat::remove));
            pods = podsNow;
            markUses.all().forEach(this::renderMarkPolicy);
        }
        comments = withComments;
        node = facts;
        base.renderNode(facts, healthChecks, nat, filter);
        if (before == null
                || !before.mode().unknownClusterIpPort().equals(facts.mode().unknownClusterIpPort())) {
            clusterIpUses.all().forEach(this::renderUnknownPort);
        }
    }

    public void put(Rule rule) {
        final var ofOwner = rules.computeIfAbsent(rule.owner(), _ -> new TreeMap<>());
        size += ofOwner.put(rule.frontend(), rule) == null ? 1 : 0;
        dirty.add(rule.owner());
    }

    public void remove(Rule rule) {
        final SortedMap<Frontend, Rule> ofOwner = rules.get(rule.owner());
        if (ofOwner != null && ofOwner.remove(rule.frontend()) != null) {
            size--;
            dirty.add(rule.owner());
            if (ofOwner.isEmpty()) {
                rules.remove(rule.owner());
            }
        }
    }

    /** Updates the chains to the rules. */
    public void render() {
        final List<Change> changes = new ArrayList<>(dirty.size());
        for (ServicePortName owner : dirty) {
            final SortedMap<Frontend, Rule> own = rules.get(owner);
            final RenderedServicePort after = own == null
                    ? RenderedServicePort.NONE
                    : ServicePortRenderer.render(owner, own.values(), pods, mark, comments);
            final RenderedServicePort before = own == null ? units.remove(owner) : units.put(owner, after);
            if (after.problems().isEmpty()) {
                problems.remove(owner);
            } else {
                problems.put(owner, after.problems());
            }
            changes.add(new Change(owner, before == null ? RenderedServicePort.NONE : before, after));
        }
        // a frontend may move between service ports, so all removals come before any addition
        changes.forEach(this::takeOut);
        changes.forEach(this::putIn);
        dirty.clear();
        if (endpointRangesChanged) {
            filter.put(Names.INVALID, dropsInvalid ? BaseRenderer.invalid(endpointRangeUses.all()) : "");
            endpointRangesChanged = false;
        }
        vips.flush();
        nodePorts.flush();
        refusedVips.flush();
        refusedNodePorts.flush();
        clusterIps.flush();
    }

    private void takeOut(Change change) {
        leave(change.before().natChains(), change.after().natChains(), nat::remove);
        leave(change.before().filterChains(), change.after().filterChains(), filter::remove);
        change.before().chains().forEach(chainOwners::remove);
        leave(change.before().natEntries(), change.after().natEntries(), at -> natTree(at)
                .remove(at));
        leave(change.before().filterEntries(), change.after().filterEntries(), at -> filterTree(at)
                .remove(at));
    }

    private void putIn(Change change) {
        final RenderedServicePort before = change.before();
        final RenderedServicePort after = change.after();
        arrive(before.natChains(), after.natChains(), nat::put);
        arrive(before.filterChains(), after.filterChains(), filter::put);
        after.chains().forEach(chain -> chainOwners.put(chain, change.owner()));
        arrive(before.natEntries(), after.natEntries(), (at, text) -> natTree(at)
                .put(at, text));
        arrive(before.filterEntries(), after.filterEntries(), (at, text) -> filterTree(at)
                .put(at, text));
        clusterIpUses.replace(before.clusterIps(), after.clusterIps(), this::renderUnknownPort);
        markUses.replace(before.marks(), after.marks(), this::renderMarkPolicy);
        endpointRangeUses.replace(before.endpointRanges(), after.endpointRanges(), _ -> endpointRangesChanged = true);
    }

    private DispatchTree natTree(Frontend frontend) {
        return frontend.isNodePort() ? nodePorts : vips;
    }

    private DispatchTree filterTree(Frontend frontend) {
        return frontend.isNodePort() ? refusedNodePorts : refusedVips;
    }

    private static <K> void leave(Map<K, String> before, Map<K, String> after, Consumer<K> remove) {
        for (K key : before.keySet()) {
            if (!after.containsKey(key)) {
                remove.accept(key);
            }
        }
    }

    private static <K> void arrive(Map<K, String> before, Map<K, String> after, BiConsumer<K, String> put) {
        after.forEach((key, text) -> {
            if (!text.equals(before.get(key))) {
                put.accept(key, text);
            }
        });
    }

    private void renderUnknownPort(IpAddress clusterIp) {
        final NodeFacts facts = node;
        final Frontend anyPort = new Frontend(Protocol.TCP, clusterIp, 1);
        if (facts != null && clusterIpUses.contains(clusterIp) && BaseRenderer.refusesUnknownPorts(facts)) {
            clusterIps.put(anyPort, base.unknownPort(clusterIp, facts));
        } else {
            clusterIps.remove(anyPort);
        }
    }

    private void renderMarkPolicy(MarkPolicy policy) {
        policy.chain(pods).ifPresent(chain -> {
            if (markUses.contains(policy)) {
                nat.put(chain, policy.render(pods, mark));
            } else {
                nat.remove(chain);
            }
        });
    }

    /** Problems of these rules. */
    public List<RuleProblem> problems() {
        return problems.values().stream().flatMap(List::stream).toList();
    }
}
