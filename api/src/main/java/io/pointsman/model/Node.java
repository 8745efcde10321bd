package io.pointsman.model;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A node of the cluster.
 *
 * @param addresses its InternalIP addresses, then its ExternalIP ones; the first of a family is its primary one
 * @param podCidrs ranges of its pods' addresses
 * @param beingDeleted has a deletion timestamp
 * @param taints keys of its taints
 */
public record Node(
        String name,
        List<IpAddress> addresses,
        Optional<String> zone,
        List<Cidr> podCidrs,
        boolean beingDeleted,
        Set<String> taints)
        implements ClusterObject {
    /** The taint that the cluster autoscaler sets on a node it is about to remove. */
    public static final String TO_BE_DELETED_TAINT = "ToBeDeletedByClusterAutoscaler";

    public Node {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(zone, "zone");
        addresses = List.copyOf(addresses);
        podCidrs = List.copyOf(podCidrs);
        taints = Set.copyOf(taints);
    }

    /** Whether a load balancer should still send new connections to this node. */
    public boolean isEligible() {
        return !beingDeleted && !taints.contains(TO_BE_DELETED_TAINT);
    }
}
