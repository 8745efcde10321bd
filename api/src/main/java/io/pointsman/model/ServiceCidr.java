package io.pointsman.model;

import java.util.List;
import java.util.Objects;

/**
 * Ranges that the cluster takes Service addresses from.
 *
 * @param cidrs one range, or one of each family
 */
public record ServiceCidr(String name, List<Cidr> cidrs) implements ClusterObject {
    public ServiceCidr {
        Objects.requireNonNull(name, "name");
        cidrs = List.copyOf(cidrs);
    }
}
