package io.pointsman.nat;

import io.pointsman.model.IpAddress;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The plan in force, made for the packet path. The control thread applies changes one rule at a time, each by storing one
 * reference; any thread reads.
 */
final class CompiledPlan {
    /** Which service addresses exist, whatever the port. */
    private static final class Vip {
        int rules;
        int clusterIpRules;
    }

    /** What a packet to an address without a rule for its port finds there. */
    enum VipKind {
        CLUSTER_IP,
        OTHER
    }

    private static final int ANY = 0; // protocol and port of an entry for a whole address

    private final FrontendMap<CompiledRule> rules = new FrontendMap<>();
    private final FrontendMap<VipKind> vipKinds = new FrontendMap<>();
    private final Map<IpAddress, Vip> vips = new HashMap<>();
    private final RuleCompiler compiler = new RuleCompiler();
    private volatile CompiledNode node;
    private @Nullable ForwardingPlan plan;

    CompiledPlan(NodeFacts emptyNode) {
        node = new CompiledNode(emptyNode, List.of());
    }

    CompiledNode node() {
        return node;
    }

    @Nullable
    CompiledRule rule(int protocol, boolean ipv4, long high, long low, int port) {
        return rules.find(protocol, ipv4, high, low, port);
    }

    @Nullable
    CompiledRule nodePortRule(int protocol, boolean ipv4, int port) {
        return rules.find(protocol, ipv4, 0, 0, port);
    }

    /** The rule that a connection to this address meets, on its own VIP or as a node port; null for none. */
    @Nullable
    CompiledRule ruleFor(int protocol, boolean ipv4, long high, long low, int port) {
        final CompiledRule rule = rules.find(protocol, ipv4, high, low, port);
        if (rule != null || !node.servesNodePorts(ipv4, high, low)) {
            return rule;
        }
        return nodePortRule(protocol, ipv4, port);
    }

    /** Null: no rule has this address. */
    @Nullable
    VipKind vipKind(boolean ipv4, long high, long low) {
        return vipKinds.find(ANY, ipv4, high, low, ANY);
    }

    @Nullable
    EndpointState endpoint(int id) {
        return compiler.endpoint(id);
    }

    /** Control thread. A delta that does not start at the plan in force is ignored for the whole plan's sake. */
    void apply(ForwardingPlan next, PlanDelta delta) {
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
        if (after == null) {
            rules.remove(protocol, vip.isIpv4(), vip.high(), vip.low(), frontend.port());
        } else {
            final CompiledRule compiled = compiler.compile(after);
            rules.put(protocol, vip.isIpv4(), vip.high(), vip.low(), frontend.port(), compiled);
        }
        if (!frontend.isNodePort()) {
            countVip(vip, before == null ? null : before.rule, after);
        }
        if (before != null) {
            compiler.release(before);
        }
    }

    private void countVip(IpAddress address, @Nullable Rule before, @Nullable Rule after) {
        final Vip vip = Objects.requireNonNull(vips.computeIfAbsent(address, _ -> new Vip()));
        vip.rules += (after == null ? 0 : 1) - (before == null ? 0 : 1);
        vip.clusterIpRules += (isClusterIp(after) ? 1 : 0) - (isClusterIp(before) ? 1 : 0);
        if (vip.rules == 0) {
            vips.remove(address);
            vipKinds.remove(ANY, address.isIpv4(), address.high(), address.low(), ANY);
        } else {
            final VipKind kind = vip.clusterIpRules > 0 ? VipKind.CLUSTER_IP : VipKind.OTHER;
            vipKinds.put(ANY, address.isIpv4(), address.high(), address.low(), ANY, kind);
        }
    }

    private static boolean isClusterIp(@Nullable Rule rule) {
        return rule != null && rule.kind() == FrontendKind.CLUSTER_IP;
    }
}
