package io.pointsman.model;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Identity of a port of a Service, the unit that the proxy works in.
 *
 * @param portName the port's name; empty if the Service's only port has no name
 */
public record ServicePortName(ObjectName service, String portName, Protocol protocol)
        implements Comparable<ServicePortName> {
    public ServicePortName {
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(portName, "portName");
        Objects.requireNonNull(protocol, "protocol");
    }

    // Hashed and compared for every object of a cluster, before the JVM has compiled a record's own methods.
    @Override
    public int hashCode() {
        return 31 * (31 * service.hashCode() + portName.hashCode()) + protocol.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object object) {
        return object == this
                || (object instanceof ServicePortName other
                        && protocol == other.protocol
                        && service.equals(other.service)
                        && portName.equals(other.portName));
    }

    @Override
    public int compareTo(ServicePortName other) {
        int order = service.compareTo(other.service);
        if (order == 0) {
            order = portName.compareTo(other.portName);
        }
        return order == 0 ? protocol.compareTo(other.protocol) : order;
    }

    /** Formats as {@code namespace/name:port:TCP}, or {@code namespace/name:TCP} if the port has no name. */
    @Override
    public String toString() {
        return portName.isEmpty() ? service + ":" + protocol : service + ":" + portName + ":" + protocol;
    }
}
