package io.pointsman.testkit.lab;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A connection to try.
 *
 * @param from source address; if empty, the kernel chooses
 * @param fromPort source port; if 0, the kernel chooses
 * @param patience longest wait for the connection, and again for the answer
 */
public record Probe(
        Protocol protocol, IpAddress to, int port, Optional<IpAddress> from, int fromPort, Duration patience) {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    public Probe {
        Objects.requireNonNull(protocol, "protocol");
        Objects.requireNonNull(to, "to");
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(patience, "patience");
    }

    public static Probe of(Protocol protocol, IpAddress to, int port) {
        return new Probe(protocol, to, port, Optional.empty(), 0, PATIENCE);
    }

    public static Probe tcp(IpAddress to, int port) {
        return of(Protocol.TCP, to, port);
    }

    public static Probe udp(IpAddress to, int port) {
        return of(Protocol.UDP, to, port);
    }

    /** Creates a probe with an INIT, which an echo server answers; no association is completed. */
    public static Probe sctp(IpAddress to, int port) {
        return of(Protocol.SCTP, to, port);
    }

    public Probe from(IpAddress source) {
        return new Probe(protocol, to, port, Optional.of(source), fromPort, patience);
    }

    public Probe fromPort(int sourcePort) {
        return new Probe(protocol, to, port, from, sourcePort, patience);
    }

    public Probe within(Duration newPatience) {
        return new Probe(protocol, to, port, from, fromPort, newPatience);
    }

    @Override
    public String toString() {
        return protocol + " " + from.map(source -> source + " ").orElse("") + "-> " + to.withPort(port);
    }
}
