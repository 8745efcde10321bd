package io.pointsman.model;

import java.util.List;
import java.util.Objects;

/**
 * Where the cluster takes addresses of Services from.
 *
 * @param cidrs one, or one of each family
 */
public record ServiceCidr(String name, List<Cidr> cidrs) implements ClusterObject {
    public ServiceCidr {
        Objects.requireNonNull(name, "name");
        cidrs = List.copyOf(cidrs);
    }
}
