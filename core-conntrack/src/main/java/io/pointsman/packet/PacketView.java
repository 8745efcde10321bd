package io.pointsman.packet;

/**
 * A parsed IP packet in native memory: a flyweight that each thread reuses for packet after packet. Only bytes that
 * {@link #wrap} found to lie within the packet may be read or written through it.
 *
 * <p>Addresses and ports are raw, as they lie in the packet, source first: the two IPv4 addresses are one long, and the two
 * ports of either family are one int.
 */
public final class PacketView {
    /** TCP flag bits, as in byte 13 of the header. */
    public static final int FIN = 1;

    public static final int SYN = 2;
    public static final int RST = 4;
    public static final int ACK = 16;

    /** Most IPv6 extension headers that the parser follows. */
    static final int MAX_EXTENSIONS = 8;

    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int IPV4_FRAGMENT_BITS = 0xFF3F; // raw: offset and "more fragments"
    private static final int ICMP_HEADER = 8;
    static final int ECHO_IDENTIFIER = 4; // in the ICMP header

    long address;
    int length; // as the IP header says; at most the bytes that were given
    PacketKind kind = PacketKind.TRUNCATED;
    boolean ipv4;
    int protocol;
    int transport; // offset of the transport header
    int transportLength;
    boolean firstFragment;
    int fragmentId;
    int fragmentKeyProtocol; // protocol by which, with addresses and id, fragments belong to one packet
    long sourceHigh; // IPv6, raw
    long sourceLow;
    long destinationHigh;
    long destinationLow;
    long addresses; // IPv4, raw
    int ports;
    int tcpFlags;
    boolean echoRequest;

    /**
     * Parses the packet of {@code available} bytes at an address. The caller keeps the memory valid; nothing outside these
     * bytes is read, whatever the headers say.
     */
    public PacketKind wrap(long packetAddress, int available) {
        address = packetAddress;
        kind = parse(packetAddress, available);
        return kind;
    }

    private PacketKind parse(long at, int available) {
        if (available >= IPV4_HEADER) {
            final long start = RawMemory.getLong(at);
            final int totalLength = Short.reverseBytes((short) (start >>> 16)) & 0xFFFF;
            if ((start & 0xFF) == 0x45 && (start >>> 48 & IPV4_FRAGMENT_BITS) == 0) {
                if (totalLength > available || totalLength < IPV4_HEADER) {
                    return totalLength > available ? PacketKind.TRUNCATED : PacketKind.BAD_HEADER;
                }
                ipv4 = true;
                length = totalLength;
                firstFragment = false;
                addresses = RawMemory.getLong(at + 12);
                transport = IPV4_HEADER;
                transportLength = totalLength - IPV4_HEADER;
                protocol = RawMemory.getByte(at + 9);
                return parseTransport(at + IPV4_HEADER);
            }
        }
        return parseUncommon(at, available);
    }

    private PacketKind parseUncommon(long at, int available) {
        if (available < 1) {
            return PacketKind.TRUNCATED;
        }
        firstFragment = false;
        return switch (RawMemory.getByte(at) >>> 4) {
            case 4 -> parseIpv4(at, available);
            case 6 -> Ipv6Parser.parse(this, at, available);
            default -> PacketKind.FAMILY_UNKNOWN;
        };
    }

    private PacketKind parseIpv4(long at, int available) {
        if (available < IPV4_HEADER) {
            return PacketKind.TRUNCATED;
        }
        final int header = (RawMemory.getByte(at) & 0xF) * 4;
        final int totalLength = RawMemory.getShortBe(at + 2);
        if (header < IPV4_HEADER || totalLength < header) {
            return PacketKind.BAD_HEADER;
        }
        if (totalLength > available) {
            return PacketKind.TRUNCATED;
        }
        ipv4 = true;
        length = totalLength;
        addresses = RawMemory.getLong(at + 12);
        transport = header;
        transportLength = totalLength - header;
        protocol = RawMemory.getByte(at + 9);
        final int fragment = RawMemory.getShortBe(at + 6) & 0x3FFF;
        if (fragment != 0) {
            fragmentId = RawMemory.getShort(at + 4);
            fragmentKeyProtocol = protocol;
            if ((fragment & 0x1FFF) != 0) {
                return PacketKind.LATER_FRAGMENT;
            }
            firstFragment = true;
        }
        return parseTransport(at + header);
    }

    /**
     * Parses the transport header at an address. {@link #protocol}, {@link #transportLength} and {@link #firstFragment} are
     * set; the header's bytes are not checked yet.
     */
    PacketKind parseTransport(long at) {
        if (protocol == Protocols.TCP) {
            return parseTcp(at, transportLength);
        }
        if (protocol == Protocols.UDP) {
            return parseUdp(at, transportLength);
        }
        return parseUncommonTransport(at, transportLength);
    }

    private PacketKind parseTcp(long at, int available) {
        if (available < 20) {
            return PacketKind.TRUNCATED;
        }
        final int header = (RawMemory.getByte(at + 12) >>> 4) * 4;
        if (header < 20 || (header > available && !firstFragment)) {
            return PacketKind.BAD_HEADER;
        }
        tcpFlags = RawMemory.getByte(at + 13);
        ports = RawMemory.getInt(at);
        return PacketKind.TRANSPORT;
    }

    private PacketKind parseUdp(long at, int available) {
        if (available < 8) {
            return PacketKind.TRUNCATED;
        }
        final int udpLength = RawMemory.getShortBe(at + 4);
        if (udpLength < 8 || (udpLength > available && !firstFragment)) {
            return PacketKind.BAD_HEADER;
        }
        ports = RawMemory.getInt(at);
        return PacketKind.TRANSPORT;
    }

    private PacketKind parseUncommonTransport(long at, int available) {
        if (protocol == Protocols.SCTP) {
            if (available < 12) {
                return PacketKind.TRUNCATED;
            }
            ports = RawMemory.getInt(at);
            return PacketKind.TRANSPORT;
        }
        ports = 0;
        if (protocol == Protocols.ICMP || protocol == Protocols.ICMPV6) {
            return parseIcmp(at, available);
        }
        return PacketKind.OTHER;
    }

    private PacketKind parseIcmp(long at, int available) {
        if (ipv4 != (protocol == Protocols.ICMP)) {
            return PacketKind.OTHER; // ICMP of the other family
        }
        if (available < ICMP_HEADER) {
            return PacketKind.TRUNCATED;
        }
        final int type = RawMemory.getByte(at);
        if (isIcmpError(type)) {
            return PacketKind.ICMP_ERROR;
        }
        return wrapEcho(at) ? PacketKind.ECHO : PacketKind.OTHER;
    }

    /** Parses an echo's direction and identifier (RFC 792; RFC 4443, section 4). Returns false if the message is no echo. */
    private boolean wrapEcho(long at) {
        final int type = RawMemory.getByte(at);
        echoRequest = type == (ipv4 ? 8 : 128);
        if (!echoRequest && type != (ipv4 ? 0 : 129)) {
            return false;
        }
        final int identifier = RawMemory.getShort(at + ECHO_IDENTIFIER);
        ports = identifier | identifier << 16;
        return true;
    }

    /** Whether messages of this type quote the packet they are about: RFC 792 (3, 4, 5, 11, 12) and RFC 4443 (1 to 4). */
    private boolean isIcmpError(int type) {
        if (ipv4) {
            return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
        }
        return type >= 1 && type <= 4;
    }

    /**
     * Parses the packet that an ICMP error quotes: {@code this} becomes a view of its addresses, protocol and ports. At
     * least the first 8 bytes of its transport header must be there. Nothing beyond the quote is read.
     *
     * @return whether the quoted packet could belong to a flow
     */
    public boolean wrapQuoted(PacketView error) {
        final long at = error.address + error.transport + ICMP_HEADER;
        final int available = error.transportLength - ICMP_HEADER;
        address = at;
        ipv4 = error.ipv4;
        firstFragment = false;
        return ipv4 ? quotedIpv4(at, available) : Ipv6Parser.parseQuoted(this, at, available);
    }

    private boolean quotedIpv4(long at, int available) {
        if (available < IPV4_HEADER || RawMemory.getByte(at) >>> 4 != 4) {
            return false;
        }
        final int header = (RawMemory.getByte(at) & 0xF) * 4;
        if (header < IPV4_HEADER || available - header < 8 || (RawMemory.getShortBe(at + 6) & 0x1FFF) != 0) {
            return false;
        }
        addresses = RawMemory.getLong(at + 12);
        protocol = RawMemory.getByte(at + 9);
        return quotedTransport(at, header, available);
    }

    boolean quotedTransport(long at, int offset, int available) {
        transport = offset;
        transportLength = available - offset;
        length = available;
        if (protocol == (ipv4 ? Protocols.ICMP : Protocols.ICMPV6)) {
            kind = PacketKind.ECHO;
            return wrapEcho(at + offset);
        }
        kind = PacketKind.TRANSPORT;
        ports = RawMemory.getInt(at + offset);
        return protocol == Protocols.TCP || protocol == Protocols.UDP || protocol == Protocols.SCTP;
    }

    void wrapIpv6Addresses(long at) {
        sourceHigh = RawMemory.getLong(at + 8);
        sourceLow = RawMemory.getLong(at + 16);
        destinationHigh = RawMemory.getLong(at + 24);
        destinationLow = RawMemory.getLong(at + 32);
    }

    static int ipv6Header() {
        return IPV6_HEADER;
    }

    public long address() {
        return address;
    }

    /** Length in bytes, as the IP header says. */
    public int length() {
        return length;
    }

    public PacketKind kind() {
        return kind;
    }

    public boolean isIpv4() {
        return ipv4;
    }

    /** IANA number of the transport protocol; for a fragment, of the whole packet's. */
    public int protocol() {
        return protocol;
    }

    /** Bytes from the packet's start to its transport header. */
    public int transportOffset() {
        return transport;
    }

    public int transportLength() {
        return transportLength;
    }

    /** Whether this is the first of several fragments: it has the transport header, and more fragments follow. */
    public boolean isFirstFragment() {
        return firstFragment;
    }

    /** Identification that all fragments of a packet share, with addresses and {@link #fragmentProtocol}. */
    public int fragmentId() {
        return fragmentId;
    }

    public int fragmentProtocol() {
        return fragmentKeyProtocol;
    }

    /** Source and destination address, raw: source in the low half, destination in the high one. IPv4 only. */
    public long addresses() {
        return addresses;
    }

    /**
     * Source and destination port, raw: source in the low half, destination in the high one. An echo has its identifier in
     * both; 0 for none.
     */
    public int ports() {
        return ports;
    }

    public int sourcePort() {
        return Short.reverseBytes((short) ports) & 0xFFFF;
    }

    public int destinationPort() {
        return Short.reverseBytes((short) (ports >>> 16)) & 0xFFFF;
    }

    /** Whether an echo is a request; {@link PacketKind#ECHO} only. */
    public boolean isEchoRequest() {
        return echoRequest;
    }

    /** TCP flags: {@link #FIN} and so on; TCP only. */
    public int tcpFlags() {
        return tcpFlags;
    }

    /** Raw high half of an IPv6 source address. */
    public long rawSourceHigh() {
        return sourceHigh;
    }

    public long rawSourceLow() {
        return sourceLow;
    }

    public long rawDestinationHigh() {
        return destinationHigh;
    }

    public long rawDestinationLow() {
        return destinationLow;
    }

    /** Returns the source's high half as {@link io.pointsman.model.IpAddress#high} does. */
    public long sourceHigh() {
        return ipv4 ? 0 : Long.reverseBytes(sourceHigh);
    }

    /** Returns the source's low half as {@link io.pointsman.model.IpAddress#low} does. */
    public long sourceLow() {
        return ipv4 ? Integer.reverseBytes((int) addresses) & 0xFFFF_FFFFL : Long.reverseBytes(sourceLow);
    }

    public long destinationHigh() {
        return ipv4 ? 0 : Long.reverseBytes(destinationHigh);
    }

    public long destinationLow() {
        return ipv4 ? Integer.reverseBytes((int) (addresses >>> 32)) & 0xFFFF_FFFFL : Long.reverseBytes(destinationLow);
    }
}
