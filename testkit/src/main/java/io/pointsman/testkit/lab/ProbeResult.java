package io.pointsman.testkit.lab;

import io.pointsman.model.IpAddress;
import java.util.Objects;
import java.util.Optional;

/** Result of a probe. */
public sealed interface ProbeResult {
    /**
     * A server answered.
     *
     * @param server name of its host
     * @param peer the client's address as the server sees it
     * @param local the server's own address, after any translation
     */
    record Answered(String server, IpAddress peer, int peerPort, IpAddress local, int localPort)
            implements ProbeResult {
        public Answered {
            Objects.requireNonNull(server, "server");
            Objects.requireNonNull(peer, "peer");
            Objects.requireNonNull(local, "local");
        }

        @Override
        public String toString() {
            return "answered by " + server + " at " + local.withPort(localPort) + ", who saw "
                    + peer.withPort(peerPort);
        }
    }

    /** Refused: a TCP reset, or ICMP port unreachable. */
    record Refused(String how) implements ProbeResult {}

    /** Unreachable: another error came back, or the packet could not be sent: no route, prohibited. */
    record Unreachable(String how) implements ProbeResult {}

    /** No answer came in time, with or without a connection. */
    record TimedOut(String waitingFor) implements ProbeResult {}

    default Optional<Answered> answer() {
        return this instanceof Answered answered ? Optional.of(answered) : Optional.empty();
    }
}
