package io.pointsman.model;

import java.util.Objects;

/**
 * A port of a Service.
 *
 * @param name empty if the Service's only port has no name
 * @param port the port on every virtual address, 1 to 65535
 * @param nodePort the port on every node address, 0 for none
 */
public record ServicePort(String name, Protocol protocol, int port, int nodePort) {
    public ServicePort {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(protocol, "protocol");
        Ports.requirePort("port", port);
        Ports.requirePortOrZero("nodePort", nodePort);
    }
}
