package io.pointsman.plan;

import io.pointsman.model.IpFamily;
import io.pointsman.model.ServicePortName;
import java.util.Comparator;
import java.util.Objects;

/** Identity of a pool: service port, family and scope. */
public record PoolId(ServicePortName servicePort, IpFamily family, Scope scope) implements Comparable<PoolId> {
    /** Subset of a service port's endpoints that a pool holds. */
    public enum Scope {
        /** Endpoints that traffic policy Cluster chooses from. */
        CLUSTER,
        /** Endpoints that traffic policy Local chooses from. */
        LOCAL,
        /**
         * Every endpoint that still serves. New connections never use this pool; a flow to an endpoint outside it is stale.
         */
        SERVING
    }

    private static final Comparator<PoolId> ORDER = Comparator.comparing(PoolId::servicePort)
            .thenComparing(PoolId::family)
            .thenComparing(PoolId::scope);

    public PoolId {
        Objects.requireNonNull(servicePort, "servicePort");
        Objects.requireNonNull(family, "family");
        Objects.requireNonNull(scope, "scope");
    }

    @Override
    public int compareTo(PoolId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return servicePort + "/" + family + "/" + scope;
    }
}
