package io.pointsman.testkit.lab;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Finds a refusal of a probe in an Ethernet frame. */
final class RefusalReader {
    private static final int ETHERNET_BYTES = 14;
    private static final int IPV6_HEADER_BYTES = 40;
    private static final int ICMP_HEADER_BYTES = 8;
    private static final int TCP_FLAGS_OFFSET = 13;
    private static final int RST = 4;
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;
    private static final int DESTINATION_UNREACHABLE = 3;
    private static final int DESTINATION_UNREACHABLE_IPV6 = 1;

    /** An IP packet's addresses and the payload after its header; IPv6 extension headers are not expected. */
    private record Packet(int protocol, IpAddress source, IpAddress destination, ByteBuffer payload) {
        int port(int offset) {
            return payload.remaining() < offset + 2 ? 0 : Short.toUnsignedInt(payload.getShort(offset));
        }
    }

    private RefusalReader() {}

    static Optional<Refusal> read(ByteBuffer frame, Probe probe) {
        return frame.remaining() <= ETHERNET_BYTES
                ? Optional.empty()
                : packet(frame.slice(ETHERNET_BYTES, frame.remaining() - ETHERNET_BYTES))
                        .flatMap(packet -> read(packet, probe));
    }

    private static Optional<Refusal> read(Packet packet, Probe probe) {
        final ByteBuffer payload = packet.payload();
        if (packet.protocol() == ICMP || packet.protocol() == ICMPV6) {
            return payload.remaining() <= ICMP_HEADER_BYTES ? Optional.empty() : icmp(packet, probe);
        }
        final boolean isReset = payload.remaining() > TCP_FLAGS_OFFSET
                && packet.protocol() == Protocol.TCP.number()
                && (payload.get(TCP_FLAGS_OFFSET) & RST) != 0
                && concerns(probe, packet.protocol(), packet.source(), packet.port(0));
        return isReset ? Optional.of(new Refusal.TcpReset()) : Optional.empty();
    }

    private static Optional<Refusal> icmp(Packet packet, Probe probe) {
        final ByteBuffer payload = packet.payload();
        final int type = Byte.toUnsignedInt(payload.get(0));
        final boolean isUnreachable =
                type == (packet.protocol() == ICMP ? DESTINATION_UNREACHABLE : DESTINATION_UNREACHABLE_IPV6);
        final boolean isOurs = isUnreachable
                && packet(payload.slice(ICMP_HEADER_BYTES, payload.remaining() - ICMP_HEADER_BYTES))
                        .filter(inner -> concerns(probe, inner.protocol(), inner.destination(), inner.port(2)))
                        .isPresent();
        return isOurs ? Optional.of(new Refusal.Icmp(type, Byte.toUnsignedInt(payload.get(1)))) : Optional.empty();
    }

    private static boolean concerns(Probe probe, int protocol, IpAddress to, int port) {
        return probe.protocol().number() == protocol && probe.to().equals(to) && probe.port() == port;
    }

    private static Optional<Packet> packet(ByteBuffer bytes) {
        if (bytes.remaining() < 20) {
            return Optional.empty();
        }
        final boolean isIpv4 = (bytes.get(0) & 0xF0) == 0x40;
        final int header = isIpv4 ? (bytes.get(0) & 0xF) * 4 : IPV6_HEADER_BYTES;
        if ((!isIpv4 && (bytes.get(0) & 0xF0) != 0x60) || bytes.remaining() < header) {
            return Optional.empty();
        }
        final int addressBytes = isIpv4 ? 4 : 16;
        final int sourceOffset = isIpv4 ? 12 : 8;
        return Optional.of(new Packet(
                Byte.toUnsignedInt(bytes.get(isIpv4 ? 9 : 6)),
                address(bytes, sourceOffset, addressBytes),
                address(bytes, sourceOffset + addressBytes, addressBytes),
                bytes.slice(header, bytes.remaining() - header)));
    }

    private static IpAddress address(ByteBuffer bytes, int offset, int length) {
        final byte[] address = new byte[length];
        bytes.get(offset, address);
        return IpAddress.ofBytes(address);
    }
}
