package io.pointsman.agent.status;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Measurement;
import io.pointsman.model.Measurement.Metric;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.LocalPolicyGaps;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Service ports that drop traffic because their policy is Local. It looks at every rule of the plan. */
final class LocalPolicyMeasurements {
    private static final Metric METRIC = new Metric(
            "kubeproxy_sync_proxy_rules_no_local_endpoints_total",
            "Service ports that drop traffic because their policy is Local and no endpoint is on this node");
    private static final LocalPolicyGaps NONE = new LocalPolicyGaps(0, 0);

    private LocalPolicyMeasurements() {}

    /** Those of the plan in force, zero before the first. */
    static List<Measurement> of(@Nullable ForwardingPlan plan, Set<IpFamily> families) {
        final List<Measurement> all = new ArrayList<>();
        for (IpFamily family : families) {
            final LocalPolicyGaps gaps = plan == null ? NONE : LocalPolicyGaps.of(plan, family);
            all.add(gauge(family, "external", gaps.external()));
            all.add(gauge(family, "internal", gaps.internal()));
        }
        return all;
    }

    private static Measurement gauge(IpFamily family, String policy, int count) {
        return new Measurement.Gauge(METRIC, Map.of("ip_family", family.toString(), "traffic_policy", policy), count);
    }
}
