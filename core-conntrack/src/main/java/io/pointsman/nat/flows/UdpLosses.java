package io.pointsman.nat.flows;

import io.pointsman.model.IpFamily;
import io.pointsman.nat.IpProtocols;
import io.pointsman.nat.policy.CompiledPool;
import io.pointsman.nat.policy.CompiledRule;
import io.pointsman.nat.policy.FrontendMap;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Origin;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** UDP frontends that lost an endpoint in one change of the plan. One thread. */
public final class UdpLosses {
    private final Set<IpFamily> families = EnumSet.noneOf(IpFamily.class);
    private @Nullable FrontendMap<Frontend> frontends; // created for the first one

    public boolean isEmpty() {
        return families.isEmpty();
    }

    boolean concerns(IpFamily family) {
        return families.contains(family);
    }

    /** Whether the frontend with this address and port lost an endpoint; the unspecified address for a node port. */
    boolean contains(boolean ipv4, long high, long low, int port) {
        return frontends != null && frontends.find(IpProtocols.UDP, ipv4, high, low, port) != null;
    }

    /**
     * Records a change if an endpoint that flows of the frontend may be on no longer serves.
     *
     * @param before the frontend's rule before the change; null for none, and so no flow either
     */
    public void note(@Nullable CompiledRule before, Frontend frontend, @Nullable Rule after) {
        if (before == null
                || !loses(before, after == null ? List.of() : after.serving().endpoints())) {
            return;
        }
        families.add(frontend.family());
        if (frontends == null) {
            frontends = new FrontendMap<>();
        }
        final boolean ipv4 = frontend.vip().isIpv4();
        frontends.put(
                IpProtocols.UDP, ipv4, frontend.vip().high(), frontend.vip().low(), frontend.port(), frontend);
    }

    private static boolean loses(CompiledRule before, List<PoolEndpoint> serving) {
        if (!isWithin(before.rule.serving(), serving)) {
            return true;
        }
        for (Origin origin : Origin.values()) {
            final CompiledPool pool = before.step(origin).pool;
            if (pool != null && !isWithin(pool.source, serving)) {
                return true;
            }
        }
        return false;
    }

    /** Whether every endpoint of the pool serves. Both lists are in ascending order. */
    private static boolean isWithin(EndpointPool pool, List<PoolEndpoint> serving) {
        int next = 0;
        for (PoolEndpoint endpoint : pool.endpoints()) {
            while (next < serving.size() && serving.get(next).compareTo(endpoint) < 0) {
                next++;
            }
            if (next == serving.size() || serving.get(next).compareTo(endpoint) != 0) {
                return false;
            }
        }
        return true;
    }
}
