package io.pointsman.plan;

import io.pointsman.model.ObjectName;
import java.util.Objects;

/**
 * A port where a balancer asks whether this node has endpoints of a Service.
 *
 * @param port the Service's healthCheckNodePort, 1 to 65535
 * @param localEndpoints distinct addresses of its ready endpoints on this node
 */
public record HealthCheck(ObjectName service, int port, int localEndpoints) {
    public HealthCheck {
        Objects.requireNonNull(service, "service");
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException(
                    "healthCheckNodePort " + port + " of " + service + " is not in 1..65535");
        }
    }
}
