package io.pointsman.nat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.spi.FlowRecord;
import java.util.Objects;
import java.util.Optional;

/**
 * The packet that {@link NatEngine#explain} is asked about.
 *
 * @param sourcePort 1 to 65535
 * @param destinationPort 1 to 65535
 * @param inputInterface interface on which it arrives; empty if the node itself sends it or the interface is not known
 */
public record ExplainRequest(
        Protocol protocol,
        IpAddress source,
        int sourcePort,
        IpAddress destination,
        int destinationPort,
        Optional<String> inputInterface) {
    public ExplainRequest {
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(inputInterface, "inputInterface");
        requirePort("source", sourcePort);
        requirePort("destination", destinationPort);
        if (source.family() != destination.family()) {
            throw new IllegalArgumentException("source " + source + " is " + source.family() + ", destination "
                    + destination + " is " + destination.family() + ": no packet has both");
        }
    }

    private static void requirePort(String which, int port) {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException(which + " port " + port + " is not in 1..65535");
        }
    }

    public FlowRecord.Tuple tuple() {
        return new FlowRecord.Tuple(protocol, source, sourcePort, destination, destinationPort);
    }

    /** Returns the tuple as text, {@code TCP 10.244.3.8:40000 -> 10.0.170.92:80}. */
    @Override
    public String toString() {
        return tuple().toString();
    }
}
