package io.pointsman.spi;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A tracked connection, as it was when asked.
 *
 * @param original as the client sent it: client to VIP
 * @param reply as replies arrive: endpoint to client, or to the masquerade address
 * @param owner the service port it belongs to; empty if its rule is gone
 * @param state the protocol's word: {@code ESTABLISHED}, {@code UNREPLIED} …
 * @param packetsOut packets from the client; 0 if the backend does not count
 * @param bytesOut bytes from the client
 * @param packetsBack packets from the endpoint
 * @param bytesBack bytes from the endpoint
 * @param idleUntilGone time until it expires without another packet; empty for no limit
 */
public record FlowRecord(
        Tuple original,
        Tuple reply,
        Optional<ServicePortName> owner,
        String state,
        long packetsOut,
        long bytesOut,
        long packetsBack,
        long bytesBack,
        Optional<Duration> idleUntilGone) {
    /** A direction of a flow. Ports 0 to 65535; for ICMP echo both are the identifier. */
    public record Tuple(
            Protocol protocol, IpAddress source, int sourcePort, IpAddress destination, int destinationPort) {
        public Tuple {
            Objects.requireNonNull(protocol, "protocol");
            Objects.requireNonNull(source, "source");
            Objects.requireNonNull(destination, "destination");
        }

        @Override
        public String toString() {
            return protocol + " " + source.withPort(sourcePort) + " -> " + destination.withPort(destinationPort);
        }
    }

    public FlowRecord {
        Objects.requireNonNull(original, "original");
        Objects.requireNonNull(reply, "reply");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(idleUntilGone, "idleUntilGone");
    }
}
