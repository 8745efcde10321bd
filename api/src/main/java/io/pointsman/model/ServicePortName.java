package io.pointsman.model;

import java.util.Comparator;
import java.util.Objects;

/**
 * Identity of a port of a Service, the unit that the proxy works in.
 *
 * @param portName the port's name; empty if the Service's only port has no name
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

    /** Formats as {@code namespace/name:port:TCP}, or {@code namespace/name:TCP} if the port has no name. */
    @Override
    public String toString() {
        return portName.isEmpty() ? service + ":" + protocol : service + ":" + portName + ":" + protocol;
    }
}
