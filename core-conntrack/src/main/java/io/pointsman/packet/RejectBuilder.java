package io.pointsman.packet;

/**
 * Writes the reply to a rejected packet: a TCP RST (RFC 9293, section 3.10.7.1) or ICMP port unreachable (RFC 792; RFC 4443,
 * section 3.1), from the dialed address to the sender, into the caller's memory.
 */
public final class RejectBuilder {
    /** Bytes of the longest reply: an IPv6 packet of the minimum link size. */
    public static final int MAX_BYTES = 1280;

    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int TCP_HEADER = 20;
    private static final int ICMP_HEADER = 8;
    private static final int MAX_IPV4_ERROR = 576; // RFC 1812, section 4.3.2.3
    private static final int HOPS = 64;

    private RejectBuilder() {}

    /** Whether a packet may be replied to: not an error, a reset, a multicast packet or one without a source. */
    public static boolean mayAnswer(PacketView packet) {
        if (packet.kind == PacketKind.ICMP_ERROR || packet.kind == PacketKind.LATER_FRAGMENT) {
            return false;
        }
        if (packet.protocol == Protocols.TCP && (packet.tcpFlags & PacketView.RST) != 0) {
            return false;
        }
        final long source = packet.sourceLow();
        return packet.ipv4
                ? source != 0 && source >>> 28 < 14 && packet.destinationLow() >>> 28 < 14
                : packet.sourceHigh() >>> 56 != 0xFF
                        && packet.destinationHigh() >>> 56 != 0xFF
                        && (packet.sourceHigh() | source) != 0;
    }

    /** Writes a RST for a TCP segment. Returns its length in bytes. */
    public static int writeReset(PacketView packet, long to) {
        final int header = packet.ipv4 ? IPV4_HEADER : IPV6_HEADER;
        final long tcp = packet.address + packet.transport;
        final long out = to + header;
        final boolean acknowledges = (packet.tcpFlags & PacketView.ACK) != 0;
        RawMemory.setInt(out, Integer.rotateLeft(packet.ports, 16));
        RawMemory.setInt(out + 4, acknowledges ? RawMemory.getInt(tcp + 8) : 0);
        RawMemory.setIntBe(out + 8, acknowledges ? 0 : RawMemory.getIntBe(tcp + 4) + sequenceLength(packet, tcp));
        RawMemory.setByte(out + 12, (TCP_HEADER / 4) << 4);
        RawMemory.setByte(out + 13, acknowledges ? PacketView.RST : PacketView.RST | PacketView.ACK);
        RawMemory.setShort(out + 14, 0);
        RawMemory.setInt(out + 16, 0);
        final long pseudo = writeHeader(packet, to, Protocols.TCP, TCP_HEADER);
        RawMemory.setShort(out + 16, Checksums.of(pseudo + Checksums.sum(out, TCP_HEADER)));
        return header + TCP_HEADER;
    }

    private static int sequenceLength(PacketView packet, long tcp) {
        final int header = (RawMemory.getByte(tcp + 12) >>> 4) * 4;
        final int controls = (packet.tcpFlags & PacketView.SYN) / PacketView.SYN + (packet.tcpFlags & PacketView.FIN);
        return Math.max(0, packet.transportLength - header) + controls;
    }

    /** Writes an ICMP port unreachable error about a packet. Returns its length in bytes. */
    public static int writeUnreachable(PacketView packet, long to) {
        final int header = packet.ipv4 ? IPV4_HEADER : IPV6_HEADER;
        final int limit = packet.ipv4 ? MAX_IPV4_ERROR : MAX_BYTES;
        final int quoted = Math.min(packet.length, limit - header - ICMP_HEADER);
        final long out = to + header;
        RawMemory.setInt(out, packet.ipv4 ? 3 | 3 << 8 : 1 | 4 << 8);
        RawMemory.setInt(out + 4, 0);
        RawMemory.copy(packet.address, out + ICMP_HEADER, quoted);
        final int length = ICMP_HEADER + quoted;
        final long pseudo = writeHeader(packet, to, packet.ipv4 ? Protocols.ICMP : Protocols.ICMPV6, length);
        RawMemory.setShort(out + 2, Checksums.of((packet.ipv4 ? 0 : pseudo) + Checksums.sum(out, length)));
        return header + length;
    }

    /** Writes an IP header. Returns the sum of the pseudo header. */
    private static long writeHeader(PacketView packet, long to, int protocol, int payload) {
        final long addresses;
        if (packet.ipv4) {
            RawMemory.setInt(to, 0x45);
            RawMemory.setShortBe(to + 2, IPV4_HEADER + payload);
            RawMemory.setInt(to + 4, 0x0040 << 16); // don't fragment
            RawMemory.setInt(to + 8, HOPS | protocol << 8);
            RawMemory.setLong(to + 12, Long.rotateLeft(packet.addresses, 32));
            RawMemory.setShort(to + 10, Checksums.of(Checksums.sum(to, IPV4_HEADER)));
            addresses = Checksums.sum(to + 12, 8);
        } else {
            RawMemory.setInt(to, 0x60);
            RawMemory.setShortBe(to + 4, payload);
            RawMemory.setByte(to + 6, protocol);
            RawMemory.setByte(to + 7, HOPS);
            RawMemory.setLong(to + 8, packet.destinationHigh);
            RawMemory.setLong(to + 16, packet.destinationLow);
            RawMemory.setLong(to + 24, packet.sourceHigh);
            RawMemory.setLong(to + 32, packet.sourceLow);
            addresses = Checksums.sum(to + 8, 32);
        }
        return addresses + Checksums.pseudoSum(protocol, payload);
    }
}
