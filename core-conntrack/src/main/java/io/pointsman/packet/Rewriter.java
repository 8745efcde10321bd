package io.pointsman.packet;

/**
 * Changes addresses and ports of a parsed packet in place and updates its checksums incrementally. TTL and everything else
 * are left to the forwarder. All values raw, as {@link PacketView} gives them.
 */
public final class Rewriter {
    private static final int IPV4_CHECKSUM = 10;
    private static final int IPV4_ADDRESSES = 12;
    private static final int IPV6_ADDRESSES = 8;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;
    private static final int SCTP_CHECKSUM = 8;
    private static final int ICMP_CHECKSUM = 2;

    private Rewriter() {}

    /**
     * Rewrites a whole IPv4 packet, or its first fragment.
     *
     * @param portsAndDeltas ports in the low half; above them the checksum delta of the addresses, 16 bits, and that of
     *     addresses and ports
     */
    public static void rewriteIpv4(PacketView packet, long addresses, long portsAndDeltas) {
        rewriteIpv4Header(packet, addresses, (int) (portsAndDeltas >>> 32) & 0xFFFF);
        rewriteTransport(packet, (int) portsAndDeltas, (int) (portsAndDeltas >>> 48));
    }

    /** Rewrites the IP header alone: a later fragment has no other. */
    public static void rewriteIpv4Header(PacketView packet, long addresses, int headerDelta) {
        final long at = packet.address;
        RawMemory.setLong(at + IPV4_ADDRESSES, addresses);
        RawMemory.setShort(at + IPV4_CHECKSUM, Checksums.update(RawMemory.getShort(at + IPV4_CHECKSUM), headerDelta));
    }

    /** Rewrites a whole IPv6 packet, or its first fragment. */
    public static void rewriteIpv6(
            PacketView packet,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int ports,
            int transportDelta) {
        rewriteIpv6Header(packet, sourceHigh, sourceLow, destinationHigh, destinationLow);
        rewriteTransport(packet, ports, transportDelta);
    }

    public static void rewriteIpv6Header(
            PacketView packet, long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        final long at = packet.address + IPV6_ADDRESSES;
        RawMemory.setLong(at, sourceHigh);
        RawMemory.setLong(at + 8, sourceLow);
        RawMemory.setLong(at + 16, destinationHigh);
        RawMemory.setLong(at + 24, destinationLow);
    }

    /**
     * Rewrites an IPv4 echo, whose checksum does not cover the addresses.
     *
     * @param headerDelta checksum delta of the addresses
     * @param identifier raw
     */
    public static void rewriteEchoIpv4(PacketView packet, long addresses, int headerDelta, int identifier) {
        rewriteIpv4Header(packet, addresses, headerDelta);
        rewriteIdentifier(packet, identifier, 0);
    }

    /** Rewrites the ICMPv6 part of an echo, whose checksum covers the addresses; the caller rewrites the IP header. */
    public static void rewriteEchoIpv6(PacketView packet, int headerDelta, int identifier) {
        rewriteIdentifier(packet, identifier, headerDelta);
    }

    /** Rewrites an echo's identifier. Returns the change of the sum of the message's bytes. */
    private static int rewriteIdentifier(PacketView echo, int identifier, int otherDelta) {
        final long at = echo.address + echo.transport;
        final int delta = Checksums.deltaWord(RawMemory.getShort(at + PacketView.ECHO_IDENTIFIER), identifier & 0xFFFF);
        RawMemory.setShort(at + PacketView.ECHO_IDENTIFIER, identifier);
        final int old = RawMemory.getShort(at + ICMP_CHECKSUM);
        final int updated = Checksums.update(old, Checksums.add(delta, otherDelta));
        RawMemory.setShort(at + ICMP_CHECKSUM, updated);
        return Checksums.add(delta, Checksums.deltaWord(old, updated));
    }

    private static void rewriteTransport(PacketView packet, int ports, int delta) {
        final long at = packet.address + packet.transport;
        RawMemory.setInt(at, ports);
        if (packet.protocol == Protocols.TCP) {
            final long checksum = at + TCP_CHECKSUM;
            RawMemory.setShort(checksum, Checksums.update(RawMemory.getShort(checksum), delta));
        } else if (packet.protocol == Protocols.UDP) {
            final long checksum = at + UDP_CHECKSUM;
            final int old = RawMemory.getShort(checksum);
            if (old != 0) {
                RawMemory.setShort(checksum, Checksums.updateUdp(old, delta));
            }
        } else if (packet.protocol == Protocols.SCTP && ports != packet.ports) {
            final int crc = RawMemory.getInt(at + SCTP_CHECKSUM);
            final int changed = ports ^ packet.ports;
            RawMemory.setInt(at + SCTP_CHECKSUM, Crc32c.update(crc, changed, packet.transportLength - Integer.BYTES));
        }
    }

    /**
     * Rewrites the packet quoted by an IPv4 ICMP error, and the error's own addresses, which may stay as they are.
     *
     * @param quoted the quote, parsed by {@link PacketView#wrapQuoted}
     * @param quotedAddresses new addresses of the quoted packet
     * @param quotedPorts new ports of the quoted packet
     * @param addresses new addresses of the error
     */
    public static void rewriteErrorIpv4(
            PacketView error, PacketView quoted, long quotedAddresses, int quotedPorts, long addresses) {
        final long at = quoted.address;
        final int headerDelta = Checksums.delta(quoted.addresses, quotedAddresses);
        RawMemory.setLong(at + IPV4_ADDRESSES, quotedAddresses);
        final int oldChecksum = RawMemory.getShort(at + IPV4_CHECKSUM);
        final int newChecksum = Checksums.update(oldChecksum, headerDelta);
        RawMemory.setShort(at + IPV4_CHECKSUM, newChecksum);
        int delta = Checksums.add(headerDelta, Checksums.deltaWord(oldChecksum, newChecksum));
        delta = Checksums.add(delta, rewriteQuotedTransport(quoted, quotedPorts, headerDelta));
        updateIcmp(error, delta);
        rewriteIpv4Header(error, addresses, Checksums.delta(error.addresses, addresses));
    }

    /**
     * Rewrites an ICMPv6 error as {@link #rewriteErrorIpv4} does; its checksum covers its own addresses too (RFC 4443,
     * section 2.3).
     */
    public static void rewriteErrorIpv6(PacketView error, PacketView quoted, Ipv6Rewrite to) {
        final int headerDelta = Checksums.add(
                Checksums.add(
                        Checksums.delta(quoted.sourceHigh, to.quotedSourceHigh),
                        Checksums.delta(quoted.sourceLow, to.quotedSourceLow)),
                Checksums.add(
                        Checksums.delta(quoted.destinationHigh, to.quotedDestinationHigh),
                        Checksums.delta(quoted.destinationLow, to.quotedDestinationLow)));
        rewriteIpv6Header(
                quoted, to.quotedSourceHigh, to.quotedSourceLow, to.quotedDestinationHigh, to.quotedDestinationLow);
        int delta = Checksums.add(headerDelta, rewriteQuotedTransport(quoted, to.quotedPorts, headerDelta));
        delta = Checksums.add(delta, Checksums.delta(error.sourceHigh, to.sourceHigh));
        delta = Checksums.add(delta, Checksums.delta(error.sourceLow, to.sourceLow));
        delta = Checksums.add(delta, Checksums.delta(error.destinationHigh, to.destinationHigh));
        delta = Checksums.add(delta, Checksums.delta(error.destinationLow, to.destinationLow));
        updateIcmp(error, delta);
        rewriteIpv6Header(error, to.sourceHigh, to.sourceLow, to.destinationHigh, to.destinationLow);
    }

    /** The addresses and ports of an ICMPv6 error and its quote after a rewrite; raw. */
    public static final class Ipv6Rewrite {
        public long quotedSourceHigh;
        public long quotedSourceLow;
        public long quotedDestinationHigh;
        public long quotedDestinationLow;
        public int quotedPorts;
        public long sourceHigh;
        public long sourceLow;
        public long destinationHigh;
        public long destinationLow;
    }

    /**
     * Rewrites the quoted transport header. Returns the change of the sum of its bytes. A quote may end before a checksum.
     */
    private static int rewriteQuotedTransport(PacketView quoted, int ports, int headerDelta) {
        if (quoted.kind == PacketKind.ECHO) {
            return rewriteIdentifier(quoted, ports, quoted.ipv4 ? 0 : headerDelta);
        }
        final long at = quoted.address + quoted.transport;
        RawMemory.setInt(at, ports);
        final int delta = Checksums.delta(quoted.ports, ports);
        final int checksumDelta = Checksums.add(headerDelta, delta);
        final int offset;
        if (quoted.protocol == Protocols.UDP) {
            offset = UDP_CHECKSUM;
        } else if (quoted.protocol == Protocols.TCP && quoted.transportLength >= TCP_CHECKSUM + 2) {
            offset = TCP_CHECKSUM;
        } else {
            return delta;
        }
        final int old = RawMemory.getShort(at + offset);
        if (old == 0 && quoted.protocol == Protocols.UDP) {
            return delta;
        }
        final int updated = quoted.protocol == Protocols.UDP
                ? Checksums.updateUdp(old, checksumDelta)
                : Checksums.update(old, checksumDelta);
        RawMemory.setShort(at + offset, updated);
        return Checksums.add(delta, Checksums.deltaWord(old, updated));
    }

    private static void updateIcmp(PacketView error, int delta) {
        final long at = error.address + error.transport + ICMP_CHECKSUM;
        RawMemory.setShort(at, Checksums.update(RawMemory.getShort(at), delta));
    }
}
