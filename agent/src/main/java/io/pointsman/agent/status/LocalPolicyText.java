package io.pointsman.agent.status;

import io.pointsman.model.IpFamily;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.LocalPolicyGaps;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * kube-proxy's one gauge whose name ends in {@code _total}, which the metrics library reserves for counters, so it is written
 * by hand in the same text format. It looks at every rule of the plan.
 */
final class LocalPolicyText {
    private static final String NAME = "kubeproxy_sync_proxy_rules_no_local_endpoints_total";
    private static final LocalPolicyGaps NONE = new LocalPolicyGaps(0, 0);

    private LocalPolicyText() {}

    /** The gauge of the plan in force, zero before the first. */
    static String of(@Nullable ForwardingPlan plan, Set<IpFamily> families) {
        final StringBuilder lines = new StringBuilder("# HELP " + NAME
                + " Service ports that drop traffic because their policy is Local and no endpoint is on this node\n# TYPE "
                + NAME + " gauge\n");
        for (IpFamily family : families) {
            final LocalPolicyGaps gaps = plan == null ? NONE : LocalPolicyGaps.of(plan, family);
            line(lines, family, "external", gaps.external());
            line(lines, family, "internal", gaps.internal());
        }
        return lines.toString();
    }

    private static void line(StringBuilder lines, IpFamily family, String policy, int count) {
        lines.append(NAME + "{ip_family=\"" + family + "\",traffic_policy=\"" + policy + "\"} " + count + ".0\n");
    }
}
