package io.pointsman.plan;

import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * A port where a load balancer asks whether this node has endpoints of a Service.
 *
 * @param families families in which the Service is forwarded here; the port accepts packets of these only. Not empty
 * @param port the Service's healthCheckNodePort, 1 to 65535
 * @param localEndpoints number of distinct addresses of its ready endpoints on this node
 */
public record HealthCheck(ObjectName service, Set<IpFamily> families, int port, int localEndpoints) {
    public HealthCheck {
        Objects.requireNonNull(service, "service");
        families = Set.copyOf(families);
        if (families.isEmpty()) {
            throw new IllegalArgumentException("healthCheckNodePort " + port + " of " + service + " has no family");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException(
                    "healthCheckNodePort " + port + " of " + service + " is not in 1..65535");
        }
    }

    /** Creates the health check of a Service of both families. */
    public HealthCheck(ObjectName service, int port, int localEndpoints) {
        this(service, EnumSet.allOf(IpFamily.class), port, localEndpoints);
    }
}
