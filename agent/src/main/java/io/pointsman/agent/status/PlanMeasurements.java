package io.pointsman.agent.status;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.Measurement.Metric;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.LocalPolicyGaps;
import io.pointsman.plan.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Measurements of a plan's service ports. Computing them reads every rule, so it is done once for each plan. Thread-safe.
 */
final class PlanMeasurements {
    private static final Metric GAPS = new Metric(
            "kubeproxy_sync_proxy_rules_no_local_endpoints_total",
            "Service ports that drop traffic because their policy is Local and no endpoint is on this node");
    private static final Metric PORTS =
            new Metric("pointsman_plan_service_ports", "Service ports of the plan in force");
    private static final Metric EMPTY_PORTS = new Metric(
            "pointsman_plan_service_ports_without_endpoints", "Service ports of the plan in force without an endpoint");
    private static final LocalPolicyGaps NONE = new LocalPolicyGaps(0, 0);

    private final Set<IpFamily> families;
    private @Nullable ForwardingPlan plan; // the plan of last
    private List<Measurement> last;

    PlanMeasurements(Set<IpFamily> families) {
        this.families = families;
        last = measure(null);
    }

    /** Returns the measurements of the plan in force; all zero before the first. */
    synchronized List<Measurement> of(@Nullable ForwardingPlan inForce) {
        if (!Objects.equals(inForce, plan)) {
            plan = inForce;
            last = measure(inForce);
        }
        return last;
    }

    private List<Measurement> measure(@Nullable ForwardingPlan inForce) {
        final List<Measurement> all = new ArrayList<>();
        for (IpFamily family : families) {
            final LocalPolicyGaps gaps = inForce == null ? NONE : LocalPolicyGaps.of(inForce, family);
            all.add(gauge(family, "external", gaps.external()));
            all.add(gauge(family, "internal", gaps.internal()));
        }
        final Set<ServicePortName> ports = new HashSet<>();
        final Set<ServicePortName> served = new HashSet<>();
        if (inForce != null) {
            for (Rule rule : inForce.rules().values()) {
                ports.add(rule.owner());
                if (!rule.serving().isEmpty()) {
                    served.add(rule.owner());
                }
            }
        }
        all.add(new Measurement.Gauge(PORTS, Map.of(), ports.size()));
        all.add(new Measurement.Gauge(EMPTY_PORTS, Map.of(), ports.size() - served.size()));
        return List.copyOf(all);
    }

    private static Measurement gauge(IpFamily family, String policy, int count) {
        return new Measurement.Gauge(GAPS, Map.of("ip_family", family.toString(), "traffic_policy", policy), count);
    }
}
