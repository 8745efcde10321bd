package io.pointsman.nat;

import io.pointsman.conntrack.TableInvariants;
import io.pointsman.nat.policy.EndpointState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Invariants of an engine whose workers are idle. */
public final class EngineInvariants {
    private EngineInvariants() {}

    /** Describes each violated invariant in words. */
    public static List<String> problems(NatEngine engine) {
        final EngineTables tables = engine.tables();
        final Map<Integer, Integer> ipv4 = new HashMap<>();
        final Map<Integer, Integer> ipv6 = new HashMap<>();
        final List<String> problems = new ArrayList<>(TableInvariants.problems(tables.ipv4, ipv4));
        problems.addAll(TableInvariants.problems(tables.ipv6, ipv6));
        ipv6.forEach((endpoint, flows) -> ipv4.merge(endpoint, flows, Integer::sum));
        ipv4.forEach((id, flows) -> {
            final EndpointState endpoint = tables.plan.endpoint(id);
            if (endpoint == null) {
                problems.add(flows + " flows are on endpoint number " + id + ", which is given up");
            } else if (endpoint.flows() != flows) {
                problems.add("endpoint " + endpoint.address.withPort(endpoint.port) + " counts " + endpoint.flows()
                        + " flows, there are " + flows);
            }
        });
        return problems;
    }
}
