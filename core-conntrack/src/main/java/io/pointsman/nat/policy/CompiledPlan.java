package io.pointsman.nat.policy;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.flows.StaleUdpFlows;
import io.pointsman.nat.flows.UdpLosses;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ServiceFigures;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The plan in force, compiled for the packet path. The control thread applies changes one rule at a time, each by storing
 * one reference; any thread reads.
 */
public final class CompiledPlan {
    /** A service address with all its rules. */
    private static final class Vip {
        final TreeMap<Frontend, CompiledRule> rules = new TreeMap<>();
        int clusterIpRules;
    }

    /** The facts about a service address that the packet path needs. */
    private record VipFacts(VipKind kind, CompiledRule first) {}

    /** Kind of a service address, for packets to a port without a rule. */
    enum VipKind {
        CLUSTER_IP,
        OTHER
    }

    private static final int ANY = 0; // protocol and port of an entry for a whole address

    private final FrontendMap<CompiledRule> rules = new FrontendMap<>();
    private final FrontendMap<VipFacts> vipFacts = new FrontendMap<>();
    private final Map<IpAddress, Vip> vips = new HashMap<>();
    private final RuleCompiler compiler = new RuleCompiler();
    private volatile CompiledNode node;
    private @Nullable ForwardingPlan plan;
    private UdpLosses losses = new UdpLosses(); // losses of the change being applied; control thread
    private final AtomicInteger udpLosses = new AtomicInteger();

    public CompiledPlan(NodeFacts emptyNode) {
        node = new CompiledNode(emptyNode, List.of());
    }

    public CompiledNode node() {
        return node;
    }

    @Nullable
    public CompiledRule rule(int protocol, boolean ipv4, long high, long low, int port) {
        return rules.find(protocol, ipv4, high, low, port);
    }

    @Nullable
    public CompiledRule nodePortRule(int protocol, boolean ipv4, int port) {
        return rules.find(protocol, ipv4, 0, 0, port);
    }

    /** Returns the rule for connections to this address, by its own VIP or as a node port; null for none. */
    @Nullable
    public CompiledRule ruleFor(int protocol, boolean ipv4, long high, long low, int port) {
        final CompiledRule rule = rules.find(protocol, ipv4, high, low, port);
        if (rule != null || !node.servesNodePorts(ipv4, high, low)) {
            return rule;
        }
        return nodePortRule(protocol, ipv4, port);
    }

    /** Returns the kind of a service address; null if no rule has this address. */
    @Nullable
    public VipKind vipKind(boolean ipv4, long high, long low) {
        final VipFacts facts = vipFacts.find(ANY, ipv4, high, low, ANY);
        return facts == null ? null : facts.kind;
    }

    /** Returns the address's rule with the lowest port, TCP before UDP before SCTP; null for none. */
    @Nullable
    CompiledRule firstRule(boolean ipv4, long high, long low) {
        final VipFacts facts = vipFacts.find(ANY, ipv4, high, low, ANY);
        return facts == null ? null : facts.first;
    }

    @Nullable
    public EndpointState endpoint(int id) {
        return compiler.endpoint(id);
    }

    /** Figures of each service port that has a rule. Any thread. */
    public List<ServiceFigures> figures() {
        return compiler.figures();
    }

    /**
     * Number of changes that took endpoints from UDP frontends, incremented as soon as a change's rules are in force. If it
     * has changed between the look-up of a rule and the commit of a flow, the caller must look the rule up again:
     * {@link StaleUdpFlows} may have missed the flow.
     */
    public int udpLosses() {
        return udpLosses.get();
    }

    /**
     * Applies a plan; control thread. A delta that does not start at the plan in force is ignored, and the whole plans are
     * compared.
     *
     * @return the UDP frontends whose flows may now be on endpoints that are out of service
     */
    public UdpLosses apply(ForwardingPlan next, PlanDelta delta) {
        final ForwardingPlan current = plan;
        final List<HealthCheck> health = next.healthChecks();
        if (current == null || delta.nodeChanged() || delta.healthChanged()) {
            node = new CompiledNode(next.node(), health); // first, so that new rules find the addresses they need
        }
        if (current != null && current.version() == delta.fromVersion()) {
            for (PlanDelta.RuleChange change : delta.rules()) {
                change(change.frontend(), change.after());
            }
        } else {
            applyWhole(current, next);
        }
        plan = next;
        compiler.reclaim();
        final UdpLosses found = losses;
        if (!found.isEmpty()) {
            losses = new UdpLosses();
            udpLosses.incrementAndGet();
        }
        return found;
    }

    private void applyWhole(@Nullable ForwardingPlan current, ForwardingPlan next) {
        if (current != null) {
            if (!current.node().equals(next.node()) || !current.healthChecks().equals(next.healthChecks())) {
                node = new CompiledNode(next.node(), next.healthChecks());
            }
            current.rules().keySet().stream()
                    .filter(frontend -> !next.rules().containsKey(frontend))
                    .forEach(frontend -> change(frontend, null));
        }
        for (Map.Entry<Frontend, Rule> entry : next.rules().entrySet()) {
            if (current == null || !entry.getValue().equals(current.rules().get(entry.getKey()))) {
                change(entry.getKey(), entry.getValue());
            }
        }
    }

    private void change(Frontend frontend, @Nullable Rule after) {
        final int protocol = frontend.protocol().number();
        final IpAddress vip = frontend.vip();
        final CompiledRule before = rules.find(protocol, vip.isIpv4(), vip.high(), vip.low(), frontend.port());
        CompiledRule compiled = null;
        if (after == null) {
            rules.remove(protocol, vip.isIpv4(), vip.high(), vip.low(), frontend.port());
        } else {
            compiled = compiler.compile(after);
            rules.put(protocol, vip.isIpv4(), vip.high(), vip.low(), frontend.port(), compiled);
        }
        if (!frontend.isNodePort()) {
            changeVip(frontend, before, compiled);
        }
        if (frontend.protocol() == Protocol.UDP) {
            final CompiledRule beneath =
                    frontend.isNodePort() ? null : nodePortRule(protocol, vip.isIpv4(), frontend.port());
            losses.note(before == null ? beneath : before, frontend, after);
        }
        if (before != null) {
            compiler.release(before);
        }
    }

    private void changeVip(Frontend frontend, @Nullable CompiledRule before, @Nullable CompiledRule after) {
        final IpAddress address = frontend.vip();
        final Vip vip = Objects.requireNonNull(vips.computeIfAbsent(address, _ -> new Vip()));
        vip.clusterIpRules += (isClusterIp(after) ? 1 : 0) - (isClusterIp(before) ? 1 : 0);
        if (after == null) {
            vip.rules.remove(frontend);
        } else {
            vip.rules.put(frontend, after);
        }
        if (vip.rules.isEmpty()) {
            vips.remove(address);
            vipFacts.remove(ANY, address.isIpv4(), address.high(), address.low(), ANY);
        } else {
            final VipKind kind = vip.clusterIpRules > 0 ? VipKind.CLUSTER_IP : VipKind.OTHER;
            final CompiledRule first = vip.rules.firstEntry().getValue();
            vipFacts.put(ANY, address.isIpv4(), address.high(), address.low(), ANY, new VipFacts(kind, first));
        }
    }

    private static boolean isClusterIp(@Nullable CompiledRule compiled) {
        return compiled != null && compiled.rule.kind() == FrontendKind.CLUSTER_IP;
    }
}
