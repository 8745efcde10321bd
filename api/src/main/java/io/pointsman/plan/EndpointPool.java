package io.pointsman.plan;

import java.util.List;
import java.util.Objects;

/**
 * The endpoints that one action chooses from, in ascending order of address and port without duplicates. Shared by all
 * frontends of a service port with the same scope.
 */
public record EndpointPool(PoolId id, List<PoolEndpoint> endpoints) {
    public EndpointPool {
        Objects.requireNonNull(id, "id");
        endpoints = List.copyOf(endpoints);
        for (int i = 1; i < endpoints.size(); i++) {
            if (endpoints.get(i - 1).compareTo(endpoints.get(i)) >= 0) {
                throw new IllegalArgumentException("pool " + id + " is not in ascending order at " + endpoints.get(i));
            }
        }
    }

    public boolean isEmpty() {
        return endpoints.isEmpty();
    }

    public int size() {
        return endpoints.size();
    }
}
