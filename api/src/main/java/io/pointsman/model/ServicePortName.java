package io.pointsman.model;

import java.util.Comparator;
import java.util.Objects;

/**
 * What the proxy works in units of: one port of one Service.
 *
 * @param portName the port's name, empty for a Service whose only port has none
 */
public record ServicePortName(ObjectName service, String portName, Protocol protocol)
        implements Comparable<ServicePortName> {
    private static final Comparator<ServicePortName> ORDER = Comparator.comparing(ServicePortName::service)
            .thenComparing(ServicePortName::portName)
            .thenComparing(ServicePortName::protocol);

    public ServicePortName {
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(portName, "portName");
        Objects.requireNonNull(protocol, "protocol");
    }

    @Override
    public int compareTo(ServicePortName other) {
        return ORDER.compare(this, other);
    }

    /** {@code namespace/name:port:TCP}; {@code namespace/name:TCP} where the port has no name. */
    @Override
    public String toString() {
        return portName.isEmpty() ? service + ":" + protocol : service + ":" + portName + ":" + protocol;
    }
}
