package io.pointsman.nat.reference;

import io.pointsman.model.IpAddress;
import java.util.Objects;

/** Addresses and ports of one direction of a flow, as its packets have them on the wire. */
public record Tuple(Transport protocol, IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
    public Tuple {
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(destination, "destination");
    }

    /** The tuple of the answers. */
    public Tuple reversed() {
        return new Tuple(protocol, destination, destinationPort, source, sourcePort);
    }

    @Override
    public String toString() {
        return protocol + " " + source.withPort(sourcePort) + " > " + destination.withPort(destinationPort);
    }
}
