package io.pointsman.model;

import java.util.Objects;

/**
 * A port that every endpoint of a slice listens on; matched to a Service port by name and protocol.
 *
 * @param port 1 to 65535
 */
public record EndpointPort(String name, Protocol protocol, int port) {
    public EndpointPort {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(protocol, "protocol");
        Ports.requirePort("endpoint port", port);
    }
}
