package io.pointsman.nat.flows;

import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowObserver;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.model.IpFamily;
import io.pointsman.nat.EngineTables;
import io.pointsman.nat.IpProtocols;
import io.pointsman.nat.policy.CompiledPlan;
import io.pointsman.nat.policy.CompiledRule;
import io.pointsman.nat.policy.EndpointState;
import io.pointsman.nat.policy.FrontendMap;
import io.pointsman.plan.PoolEndpoint;
import java.lang.invoke.VarHandle;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Ends UDP flows whose endpoint a change of the plan took out of service; otherwise a client that never pauses would send to
 * it for ever. The client's next packet starts a flow by the current rule. Runs on the control thread, once the change is in
 * force. Packets are processed meanwhile: a thread that commits a flow by an older rule checks it with {@link #isServed}.
 */
public final class StaleUdpFlows {
    private final CompiledPlan plan;
    private final UdpLosses losses;
    private final FlowKey key = new FlowKey();
    private final FlowKey to = new FlowKey();
    private final FlowCursor cursor = new FlowCursor();
    private final IdentityHashMap<CompiledRule, FrontendMap<PoolEndpoint>> serving = new IdentityHashMap<>();

    private StaleUdpFlows(CompiledPlan plan, UdpLosses losses) {
        this.plan = plan;
        this.losses = losses;
    }

    /** Scans the table of each family that lost an endpoint. */
    public static void end(EngineTables tables, UdpLosses losses, long nowNanos) {
        VarHandle.fullFence(); // a flow that is not seen below was committed after CompiledPlan#udpLosses moved on
        for (IpFamily family : IpFamily.values()) {
            if (losses.concerns(family)) {
                final FlowTable table = family == IpFamily.IPV4 ? tables.ipv4 : tables.ipv6;
                new StaleUdpFlows(tables.plan, losses).end(table, family == IpFamily.IPV6, nowNanos);
            }
        }
    }

    private void end(FlowTable table, boolean isIpv6, long nowNanos) {
        key.isIpv6 = isIpv6;
        to.isIpv6 = isIpv6;
        table.forEach((slot, control) -> {
            FlowSlot.readKey(slot, key);
            if (key.protocol != IpProtocols.UDP) {
                return;
            }
            FlowSlot.readTranslation(slot, to);
            cursor.slot = slot;
            cursor.control = control;
            if (cursor.isStillValid() && isUnserved()) {
                table.end(slot, control, FlowObserver.End.UNSERVED, nowNanos);
            }
        });
    }

    private boolean isUnserved() {
        final boolean ipv4 = !key.isIpv6;
        final long high = key.destinationHighValue();
        final long low = key.destinationLowValue();
        final int port = key.destinationPort();
        final boolean isAddressConcerned = losses.contains(ipv4, high, low, port);
        if (!isAddressConcerned && !losses.contains(ipv4, 0, 0, port)) {
            return false;
        }
        CompiledRule rule = plan.rule(IpProtocols.UDP, ipv4, high, low, port);
        if (rule == null && (!isAddressConcerned || plan.node().servesNodePorts(ipv4, high, low))) {
            rule = plan.nodePortRule(IpProtocols.UDP, ipv4, port);
        }
        return rule == null
                || serving(rule)
                                .find(
                                        IpProtocols.UDP,
                                        ipv4,
                                        to.destinationHighValue(),
                                        to.destinationLowValue(),
                                        to.destinationPort())
                        == null;
    }

    private FrontendMap<PoolEndpoint> serving(CompiledRule rule) {
        FrontendMap<PoolEndpoint> endpoints = serving.get(rule);
        if (endpoints == null) {
            endpoints = new FrontendMap<>();
            for (PoolEndpoint endpoint : rule.rule.serving().endpoints()) {
                endpoints.put(
                        IpProtocols.UDP,
                        endpoint.address().isIpv4(),
                        endpoint.address().high(),
                        endpoint.address().low(),
                        endpoint.port(),
                        endpoint);
            }
            serving.put(rule, endpoints);
        }
        return endpoints;
    }

    /** Whether a flow made by one rule may stay on its endpoint under the rule now in force for its frontend. */
    public static boolean isServed(EndpointState endpoint, CompiledRule madeBy, @Nullable CompiledRule now) {
        if (now == madeBy) {
            return true;
        }
        if (now != null) {
            for (PoolEndpoint serving : now.rule.serving().endpoints()) {
                if (serving.port() == endpoint.port && serving.address().equals(endpoint.address)) {
                    return true;
                }
            }
        }
        return false;
    }
}
