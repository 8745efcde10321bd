package io.pointsman.plan;

import io.pointsman.model.IpFamily;
import io.pointsman.model.ServicePortName;
import java.util.Comparator;
import java.util.Objects;

/** Names a pool: one scope of one service port in one family. */
public record PoolId(ServicePortName servicePort, IpFamily family, Scope scope) implements Comparable<PoolId> {
    /** Which of a service port's endpoints a pool holds. */
    public enum Scope {
        /** Those that traffic policy Cluster chooses among. */
        CLUSTER,
        /** Those that traffic policy Local chooses among. */
        LOCAL,
        /** Every endpoint that still answers. New connections never use it; a flow to an endpoint outside it is stale. */
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
