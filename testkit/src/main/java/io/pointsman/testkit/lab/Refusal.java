package io.pointsman.testkit.lab;

import io.pointsman.linux.socket.PacketCapture;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The packet that refused a client, as seen on the client's own interface. */
public sealed interface Refusal {
    /**
     * An ICMP error about the probe's packet.
     *
     * @param type 3 is IPv4's "destination unreachable", 1 is IPv6's
     * @param code "port unreachable" is 3 for IPv4 and 4 for IPv6
     */
    record Icmp(int type, int code) implements Refusal {}

    /** A TCP segment with RST. */
    record TcpReset() implements Refusal {}

    /** Port unreachable in IPv4 (RFC 792) and in IPv6 (RFC 4443, section 3.1). */
    Icmp PORT_UNREACHABLE = new Icmp(3, 3);

    Icmp PORT_UNREACHABLE_IPV6 = new Icmp(1, 4);

    /** Sends the probe and captures on the host's interfaces. */
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
