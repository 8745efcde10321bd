package io.pointsman.testkit.lab;

import io.pointsman.linux.socket.PacketCapture;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What exactly told a client that it was refused, as it crossed the client's own interface. */
public sealed interface Refusal {
    /**
     * An ICMP error about the probe's packet.
     *
     * @param type 3 is "destination unreachable" of IPv4, 1 that of IPv6
     * @param code with those 3 and 4 are "port unreachable"
     */
    record Icmp(int type, int code) implements Refusal {}

    /** A TCP segment with RST. */
    record TcpReset() implements Refusal {}

    /** Port unreachable in IPv4 and in IPv6 (RFC 792, RFC 4443 section 3.1). */
    Icmp PORT_UNREACHABLE = new Icmp(3, 3);

    Icmp PORT_UNREACHABLE_IPV6 = new Icmp(1, 4);

    /** Sends the probe while the host's interfaces are watched. */
    static Optional<Refusal> of(LabHost host, Probe probe) throws IOException {
        final AtomicReference<@Nullable Refusal> seen = new AtomicReference<>();
        try (PacketCapture capture = host.call(() -> PacketCapture.open(0))) {
            final ProbeResult result = host.send(probe);
            capture.stop();
            boolean isOpen = true;
            while (isOpen) {
                isOpen = capture.next((frame, _) ->
                        RefusalReader.read(frame, probe).ifPresent(refusal -> seen.compareAndSet(null, refusal)));
            }
            return result.answer().isPresent() ? Optional.empty() : Optional.ofNullable(seen.get());
        }
    }
}
