package io.pointsman.plan;

import io.pointsman.model.IpFamily;
import io.pointsman.model.ServicePortName;
import java.util.HashSet;
import java.util.Set;

/**
 * Number of service ports that drop traffic because a policy is Local and all endpoints are on other nodes.
 *
 * @param internal number due to the internal traffic policy
 * @param external number due to the external traffic policy
 */
public record LocalPolicyGaps(int internal, int external) {
    /** Counts in one family's part of a plan, in time proportional to its rules. */
    public static LocalPolicyGaps of(ForwardingPlan plan, IpFamily family) {
        final Set<ServicePortName> internal = new HashSet<>();
        final Set<ServicePortName> external = new HashSet<>();
        for (Rule rule : plan.rules().values()) {
            if (rule.frontend().family() == family && rule.fromExternal() instanceof Action.Drop) {
                (rule.kind() == FrontendKind.CLUSTER_IP ? internal : external).add(rule.owner());
            }
        }
        return new LocalPolicyGaps(internal.size(), external.size());
    }
}
