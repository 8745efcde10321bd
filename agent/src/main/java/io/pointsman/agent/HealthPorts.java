package io.pointsman.agent;

import io.pointsman.agent.health.HealthAddresses;
import io.pointsman.agent.health.ProxyHealth;
import io.pointsman.agent.health.ServiceHealth;
import io.pointsman.agent.status.Problem;
import io.pointsman.agent.status.ProblemBoard;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodePortAddresses;
import io.pointsman.plan.PlanOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Keeps the health check node ports in sync with the plan in force. Used by one thread. */
final class HealthPorts {
    private static final List<IpAddress> LOOPBACK = List.of(IpAddress.parse("127.0.0.1"), IpAddress.parse("::1"));

    private final ProxyHealth proxyHealth;
    private final ServiceHealth serviceHealth;
    private final ProblemBoard problems;
    private boolean allOpen;

    HealthPorts(ProxyHealth proxyHealth, ServiceHealth serviceHealth, ProblemBoard problems) {
        this.proxyHealth = proxyHealth;
        this.serviceHealth = serviceHealth;
        this.problems = problems;
    }

    void nodeEligible(boolean eligible) {
        proxyHealth.nodeEligible(eligible);
    }

    /**
     * Opens, closes and updates ports if the plan changed or some could not be opened before.
     *
     * @return whether all are open
     */
    boolean sync(ForwardingPlan plan, PlanOptions options, boolean changed) {
        if (!changed && allOpen) {
            return true;
        }
        final Map<ObjectName, Integer> ports = new HashMap<>();
        final Map<ObjectName, Integer> counts = new HashMap<>();
        for (HealthCheck check : plan.healthChecks()) {
            ports.put(check.service(), check.port());
            counts.put(check.service(), check.localEndpoints());
        }
        final Map<ObjectName, String> failures = serviceHealth.syncServices(ports, addresses(plan, options));
        serviceHealth.syncEndpoints(counts);
        final List<Problem> reported = new ArrayList<>();
        failures.forEach(
                (service, reason) -> reported.add(new Problem(Problem.Origin.HEALTH, "Service " + service, reason)));
        problems.replace(Problem.Origin.HEALTH, reported);
        allOpen = failures.isEmpty();
        return allOpen;
    }

    private static Set<IpAddress> addresses(ForwardingPlan plan, PlanOptions options) {
        final NodePortAddresses limit = options.nodePortAddresses()
                .orElse(
                        options.mode().has(ModeSemantics.Answer.NODE_PORTS_ON_PRIMARY_ONLY)
                                ? new NodePortAddresses.Primary()
                                : NodePortAddresses.Ranges.ALL);
        return switch (limit) {
            case NodePortAddresses.Primary() -> plan.node().nodePortAddresses();
            case NodePortAddresses.PrimaryAnd _ -> plan.node().nodePortAddresses();
            case NodePortAddresses.Ranges(var ranges) -> {
                final Set<IpAddress> own = new HashSet<>(plan.node().addresses());
                own.addAll(LOOPBACK);
                yield HealthAddresses.choose(ranges, own, options.families());
            }
        };
    }
}
