package io.pointsman.nat.policy;

import io.pointsman.nat.Hashing;
import io.pointsman.nat.InputInterface;
import io.pointsman.nat.IpProtocols;
import io.pointsman.nat.Reason;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.Action;
import io.pointsman.plan.Origin;
import org.jspecify.annotations.Nullable;

/**
 * The policy for first packets: frontend, allowed sources, origin, action, endpoint. The packet path, socket backends and
 * explain all use it. Any thread; allocates nothing.
 */
public final class Decider {
    private final CompiledPlan plan;
    private final AffinityTable affinity;
    private final long clientKey;
    private final boolean forwardsEchoes;

    public Decider(CompiledPlan plan, AffinityTable affinity, long clientKey, boolean forwardsEchoes) {
        this.plan = plan;
        this.affinity = affinity;
        this.clientKey = clientKey;
        this.forwardsEchoes = forwardsEchoes;
    }

    /** Decides everything but the endpoint; {@code out.pool} is set if one is to be chosen. */
    public void route(
            int protocol,
            boolean ipv4,
            long sourceHigh,
            long sourceLow,
            long high,
            long low,
            int port,
            InputInterface inputInterface,
            Decision out) {
        out.clear();
        final CompiledNode node = plan.node();
        CompiledRule rule = plan.rule(protocol, ipv4, high, low, port);
        if (rule == null && node.servesNodePorts(ipv4, high, low)) {
            rule = plan.nodePortRule(protocol, ipv4, port);
        }
        if (rule == null) {
            withoutRule(protocol, ipv4, sourceLow, high, low, port, out);
        } else {
            meet(rule, node, ipv4, sourceHigh, sourceLow, low, inputInterface, out);
        }
    }

    /** Decides about an echo request; the first rule of its address applies if echoes are forwarded. */
    public void routeEcho(
            boolean ipv4,
            long sourceHigh,
            long sourceLow,
            long high,
            long low,
            InputInterface inputInterface,
            Decision out) {
        out.clear();
        final CompiledRule rule = forwardsEchoes ? plan.firstRule(ipv4, high, low) : null;
        if (rule == null) {
            final int protocol = ipv4 ? IpProtocols.ICMP : IpProtocols.ICMPV6;
            withoutRule(protocol, ipv4, sourceLow, high, low, 0, out);
        } else {
            meet(rule, plan.node(), ipv4, sourceHigh, sourceLow, low, inputInterface, out);
        }
    }

    private static void meet(
            CompiledRule rule,
            CompiledNode node,
            boolean ipv4,
            long sourceHigh,
            long sourceLow,
            long low,
            InputInterface inputInterface,
            Decision out) {
        out.rule = rule;
        if (!rule.isForAllSources && !rule.allowedSources.contains(ipv4, sourceHigh, sourceLow)) {
            out.settle(Verdict.DROP, Reason.SOURCE_NOT_ALLOWED);
            return;
        }
        final Origin origin = node.originOf(ipv4, sourceHigh, sourceLow, inputInterface);
        final CompiledRule.Step step = rule.step(origin);
        out.origin = origin;
        out.action = step.action;
        out.masquerade = step.masquerade;
        out.pool = step.pool;
        out.settle(step.verdict, step.reason);
        if (step.pool == null && node.guards(ipv4, sourceLow, low)) {
            out.clear();
            out.settle(Verdict.DROP, Reason.LOOPBACK_GUARD);
        }
    }

    private void withoutRule(int protocol, boolean ipv4, long sourceLow, long high, long low, int port, Decision out) {
        final CompiledNode node = plan.node();
        final CompiledRule.Step refusal = refusal(protocol, ipv4, high, low, port);
        if (node.guards(ipv4, sourceLow, low)) {
            out.settle(Verdict.DROP, Reason.LOOPBACK_GUARD);
        } else if (refusal != null) {
            out.action = refusal.action;
            out.settle(refusal.verdict, Reason.REFUSED_NODE_PORT);
        } else if (plan.vipKind(ipv4, high, low) == CompiledPlan.VipKind.CLUSTER_IP) {
            out.action = node.unknownClusterIpPort();
            switch (node.unknownClusterIpPort()) {
                case Action.Reject _ -> out.settle(Verdict.REJECT, Reason.UNKNOWN_CLUSTER_PORT);
                case Action.Drop _ -> out.settle(Verdict.DROP, Reason.UNKNOWN_CLUSTER_PORT);
                case Action.Pass _, Action.Forward _ -> out.settle(Verdict.PASS, Reason.UNKNOWN_CLUSTER_PORT);
            }
        } else if (node.isServiceAddress(ipv4, high, low) && !node.owns(ipv4, high, low)) {
            out.settle(Verdict.DROP, Reason.UNALLOCATED_SERVICE_IP);
        } else if (protocol == IpProtocols.TCP && node.admitsHealthCheck(ipv4, port) && node.owns(ipv4, high, low)) {
            out.settle(Verdict.ADMIT, Reason.HEALTH_PORT);
        } else {
            out.settle(Verdict.PASS, Reason.NOT_OURS);
        }
    }

    /** The refusal of a node port on an address that does not serve node ports; null for none. */
    private CompiledRule.@Nullable Step refusal(int protocol, boolean ipv4, long high, long low, int port) {
        if (!plan.node().onlyRefusesNodePorts(ipv4, high, low)) {
            return null;
        }
        final CompiledRule rule = plan.nodePortRule(protocol, ipv4, port);
        final CompiledRule.Step step = rule == null ? null : rule.step(Origin.EXTERNAL);
        return step == null || step.pool != null || step.verdict == Verdict.PASS ? null : step;
    }

    /**
     * Chooses the endpoint for a decision that has a pool: by affinity if the client is bound to one, else by the balancing
     * algorithm.
     *
     * @param random 64 random bits
     */
    public void choose(boolean ipv4, long sourceHigh, long sourceLow, long random, long nowNanos, Decision decision) {
        final CompiledPool pool = decision.pool;
        final CompiledRule rule = decision.rule;
        if (pool == null || rule == null) {
            return;
        }
        final long clientHash = rule.hasAffinity || pool.asksForClient ? clientHash(sourceHigh, sourceLow) : 0;
        int position = boundTo(clientHash, pool, rule, nowNanos, decision);
        if (position == CompiledPool.NO_ENDPOINT) {
            position = pool.pick(clientHash, random);
        }
        take(position, pool, ipv4, sourceHigh, sourceLow, decision);
    }

    /** Sets the endpoint that {@link #choose} would choose now, without side effects. */
    public void preview(boolean ipv4, long sourceHigh, long sourceLow, long random, long nowNanos, Decision decision) {
        final CompiledPool pool = decision.pool;
        final CompiledRule rule = decision.rule;
        if (pool == null || rule == null) {
            return;
        }
        final long clientHash = rule.hasAffinity || pool.asksForClient ? clientHash(sourceHigh, sourceLow) : 0;
        int position = boundTo(clientHash, pool, rule, nowNanos, decision);
        if (position == CompiledPool.NO_ENDPOINT) {
            position = pool.peek(clientHash, random);
        }
        take(position, pool, ipv4, sourceHigh, sourceLow, decision);
    }

    private int boundTo(long clientHash, CompiledPool pool, CompiledRule rule, long nowNanos, Decision decision) {
        if (!rule.hasAffinity) {
            return CompiledPool.NO_ENDPOINT;
        }
        final int position = pool.positionOf(affinity.find(affinityKey(clientHash, rule), nowNanos));
        decision.fromAffinity = position != CompiledPool.NO_ENDPOINT;
        return position;
    }

    private static void take(
            int position, CompiledPool pool, boolean ipv4, long sourceHigh, long sourceLow, Decision decision) {
        decision.position = position;
        if (position == CompiledPool.NO_ENDPOINT) {
            decision.settle(Verdict.REJECT, Reason.NO_ENDPOINT);
        } else {
            decision.hairpin = pool.states[position].isAt(ipv4, sourceHigh, sourceLow);
        }
    }

    /** Returns the nanoseconds for which affinity binds the client unless it connects again; 0 if it is not bound. */
    public long affinityLeftNanos(long sourceHigh, long sourceLow, long nowNanos, CompiledRule rule) {
        return affinity.leftNanos(affinityKey(clientHash(sourceHigh, sourceLow), rule), nowNanos);
    }

    /** Binds the client to the chosen endpoint, or renews the binding. */
    public void remember(long sourceHigh, long sourceLow, int endpointId, long nowNanos, CompiledRule rule) {
        if (rule.hasAffinity) {
            final long key = affinityKey(clientHash(sourceHigh, sourceLow), rule);
            affinity.put(key, endpointId, nowNanos, rule.affinityNanos);
        }
    }

    private long clientHash(long sourceHigh, long sourceLow) {
        return Hashing.hash(clientKey, sourceHigh, sourceLow);
    }

    private static long affinityKey(long clientHash, CompiledRule rule) {
        return Hashing.mix(clientHash + Hashing.mix(rule.servicePortId));
    }
}
