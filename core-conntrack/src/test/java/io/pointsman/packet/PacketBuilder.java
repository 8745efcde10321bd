package io.pointsman.packet;

import io.pointsman.model.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Builds packets for tests, from the IP header on, with every checksum computed over all bytes. Not thread-safe; a builder
 * may build again after a change.
 *
 * <p>Whatever is not set has a plain value: TTL 64, no options, no fragment, empty payload.
 */
public final class PacketBuilder {
    public static final int ICMP = 1;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int ICMPV6 = 58;
    public static final int SCTP = 132;

    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;

    private static final int ROUTING_HEADER = 43;
    private static final int FRAGMENT_HEADER = 44;

    private final IpAddress source;
    private final IpAddress destination;
    private final List<byte[]> extensions = new ArrayList<>(); // the first byte is its own number until it is built
    private int protocol;
    private byte[] transport = {};
    private byte[] payload = {};
    private byte[] ipv4Options = {};
    private int ttl = 64;
    private int tos;
    private int identification = 0x1234;
    private int fragmentOffset; // in bytes, a multiple of 8
    private boolean moreFragments;
    private boolean fragmented;
    private boolean noUdpChecksum;

    private PacketBuilder(IpAddress source, IpAddress destination) {
        if (source.family() != destination.family()) {
            throw new IllegalArgumentException(source + " and " + destination + " are of two families");
        }
        this.source = source;
        this.destination = destination;
    }

    /** A packet of the family of both addresses. */
    public static PacketBuilder ip(IpAddress source, IpAddress destination) {
        return new PacketBuilder(source, destination);
    }

    public static PacketBuilder ip(String source, String destination) {
        return ip(IpAddress.parse(source), IpAddress.parse(destination));
    }

    /** A TCP segment with a maximum segment size option when it is a SYN. */
    public PacketBuilder tcp(int sourcePort, int destinationPort, int flags) {
        return tcp(sourcePort, destinationPort, flags, 1000, (flags & ACK) == 0 ? 0 : 2000);
    }

    public PacketBuilder tcp(int sourcePort, int destinationPort, int flags, int sequence, int acknowledgment) {
        final boolean hasOption = (flags & SYN) != 0;
        final ByteBuffer header = ByteBuffer.allocate(hasOption ? 24 : 20);
        header.putShort((short) sourcePort).putShort((short) destinationPort);
        header.putInt(sequence).putInt(acknowledgment);
        header.put((byte) ((header.capacity() / 4) << 4)).put((byte) flags).putShort((short) 65_000);
        header.putShort((short) 0).putShort((short) 0);
        if (hasOption) {
            header.put((byte) 2).put((byte) 4).putShort((short) 1460);
        }
        protocol = TCP;
        transport = header.array();
        return this;
    }

    public PacketBuilder udp(int sourcePort, int destinationPort) {
        protocol = UDP;
        transport = ByteBuffer.allocate(8)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .array();
        return this;
    }

    /** UDP over IPv4 may go without (RFC 768): the checksum is 0 and must stay so. */
    public PacketBuilder withoutUdpChecksum() {
        noUdpChecksum = true;
        return this;
    }

    /** An SCTP packet with one empty chunk of this type: 1 INIT, 2 INIT ACK, 0 DATA, 7 SHUTDOWN … (RFC 9260, section 3.2). */
    public PacketBuilder sctp(int sourcePort, int destinationPort, int chunkType) {
        protocol = SCTP;
        transport = ByteBuffer.allocate(16)
                .putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putInt(chunkType == 1 ? 0 : 0x5EED_0001) // an INIT carries verification tag 0
                .putInt(0)
                .put((byte) chunkType)
                .put((byte) 0)
                .putShort((short) 4)
                .array();
        return this;
    }

    /** An echo request or reply of the packet's family. */
    public PacketBuilder echo(boolean isRequest, int identifier, int sequence) {
        final int type = source.isIpv4() ? (isRequest ? 8 : 0) : (isRequest ? 128 : 129);
        return icmp(type, 0, identifier << 16 | (sequence & 0xFFFF));
    }

    /** Any ICMP or ICMPv6 message; {@code rest} is the second 32-bit word of its header. */
    public PacketBuilder icmp(int type, int code, int rest) {
        protocol = source.isIpv4() ? ICMP : ICMPV6;
        transport = ByteBuffer.allocate(8)
                .put((byte) type)
                .put((byte) code)
                .putShort((short) 0)
                .putInt(rest)
                .array();
        return this;
    }

    /** An ICMP error that quotes (the first {@code quotedBytes} of) a packet. */
    public PacketBuilder icmpError(int type, int code, int rest, byte[] quoted, int quotedBytes) {
        return icmp(type, code, rest).payload(Arrays.copyOf(quoted, Math.min(quotedBytes, quoted.length)));
    }

    /** Raw bytes behind the IP header, under any protocol number; nothing is computed in them. */
    public PacketBuilder raw(int protocolNumber, byte[] bytes) {
        protocol = protocolNumber;
        transport = bytes.clone();
        return this;
    }

    public PacketBuilder payload(byte[] bytes) {
        payload = bytes.clone();
        return this;
    }

    public PacketBuilder ttl(int hops) {
        ttl = hops;
        return this;
    }

    public PacketBuilder tos(int trafficClass) {
        tos = trafficClass;
        return this;
    }

    public PacketBuilder identification(int value) {
        identification = value;
        return this;
    }

    /** A multiple of 4 bytes, 40 at most. */
    public PacketBuilder ipv4Options(byte... options) {
        if (options.length % 4 != 0 || options.length > 40 || !source.isIpv4()) {
            throw new IllegalArgumentException(options.length + " bytes of options for " + source);
        }
        ipv4Options = options.clone();
        return this;
    }

    /** An IPv6 hop-by-hop (0), routing (43) or destination (60) header of {@code 8 * units} bytes, filled with padding. */
    public PacketBuilder extension(int number, int units) {
        final byte[] header = new byte[units * 8];
        header[0] = (byte) number;
        header[1] = (byte) (units - 1);
        if (number != ROUTING_HEADER) {
            header[2] = 1; // PadN
            header[3] = (byte) (header.length - 4);
        }
        extensions.add(header);
        return this;
    }

    /**
     * The built packet is the fragment at this offset of a larger one, whose transport checksum covers only what is here: good
     * enough for a NAT, which never sees the whole. At an offset above 0 the transport header is left out.
     */
    public PacketBuilder fragment(int offset, boolean more) {
        if (offset % 8 != 0) {
            throw new IllegalArgumentException("fragment offset " + offset);
        }
        fragmented = true;
        fragmentOffset = offset;
        moreFragments = more;
        return this;
    }

    public byte[] build() {
        final byte[] segment = segment();
        final byte[] carried =
                fragmentOffset > 0 ? Arrays.copyOfRange(segment, transport.length, segment.length) : segment;
        return source.isIpv4() ? ipv4(carried) : ipv6(carried);
    }

    private byte[] segment() {
        final byte[] segment = Arrays.copyOf(transport, transport.length + payload.length);
        System.arraycopy(payload, 0, segment, transport.length, payload.length);
        final ByteBuffer fields = ByteBuffer.wrap(segment);
        switch (protocol) {
            case TCP -> fields.putShort(16, (short) transportChecksum(segment));
            case UDP -> {
                fields.putShort(4, (short) segment.length);
                final int checksum = transportChecksum(segment);
                fields.putShort(6, (short) (noUdpChecksum ? 0 : checksum == 0 ? 0xFFFF : checksum));
            }
            case ICMP -> fields.putShort(2, (short) SlowChecksum.internet(segment, 0, segment.length));
            case ICMPV6 -> fields.putShort(2, (short) transportChecksum(segment));
            case SCTP -> fields.putInt(8, SlowChecksum.crc32c(segment, 0, segment.length));
            default -> {}
        }
        return segment;
    }

    private int transportChecksum(byte[] segment) {
        return SlowChecksum.transport(source, destination, protocol, segment, 0, segment.length);
    }

    private byte[] ipv4(byte[] carried) {
        final int headerBytes = 20 + ipv4Options.length;
        final ByteBuffer packet = ByteBuffer.allocate(headerBytes + carried.length);
        packet.put((byte) (0x40 | headerBytes / 4)).put((byte) tos).putShort((short) packet.capacity());
        packet.putShort((short) identification)
                .putShort((short) ((moreFragments ? 0x2000 : fragmented ? 0 : 0x4000) | fragmentOffset / 8));
        packet.put((byte) ttl).put((byte) protocol).putShort((short) 0);
        packet.put(source.toBytes()).put(destination.toBytes()).put(ipv4Options).put(carried);
        packet.putShort(10, (short) SlowChecksum.internet(packet.array(), 0, headerBytes));
        return packet.array();
    }

    private byte[] ipv6(byte[] carried) {
        final List<byte[]> chain = new ArrayList<>(extensions);
        if (fragmented) {
            chain.add(fragmentHeader());
        }
        int extensionBytes = 0;
        for (byte[] extension : chain) {
            extensionBytes += extension.length;
        }
        final ByteBuffer packet = ByteBuffer.allocate(40 + extensionBytes + carried.length);
        packet.putInt((6 << 28) | (tos << 20)).putShort((short) (extensionBytes + carried.length));
        packet.put(chain.isEmpty() ? (byte) protocol : chain.getFirst()[0]).put((byte) ttl);
        packet.put(source.toBytes()).put(destination.toBytes());
        for (int i = 0; i < chain.size(); i++) {
            final byte[] extension = chain.get(i);
            packet.put(i + 1 < chain.size() ? chain.get(i + 1)[0] : (byte) protocol);
            packet.put(extension, 1, extension.length - 1);
        }
        return packet.put(carried).array();
    }

    private byte[] fragmentHeader() {
        return ByteBuffer.allocate(8)
                .put((byte) FRAGMENT_HEADER)
                .put((byte) 0)
                .putShort((short) (fragmentOffset | (moreFragments ? 1 : 0)))
                .putInt(identification)
                .array();
    }
}
