package io.pointsman.testkit;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.util.Objects;
import java.util.Optional;

/**
 * The first packet of a connection, as it reaches the node or leaves one of its own programs.
 *
 * @param port destination port, 1 to 65535
 * @param inputInterface empty if the node sent the packet, or if the interface does not matter
 */
public record FirstPacket(
        Protocol protocol, IpAddress source, IpAddress destination, int port, Optional<String> inputInterface) {
    public FirstPacket {
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(destination, "destination");
        Objects.requireNonNull(inputInterface, "inputInterface");
        if (source.family() != destination.family()) {
            throw new IllegalArgumentException("a packet from " + source + " can't go to " + destination);
        }
    }

    /** Formats as {@code TCP 10.0.0.2 -> 172.30.0.41:80}. */
    @Override
    public String toString() {
        return protocol + " " + source + " -> " + destination.withPort(port);
    }
}
