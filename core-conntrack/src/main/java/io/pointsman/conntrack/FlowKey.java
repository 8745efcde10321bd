package io.pointsman.conntrack;

import io.pointsman.packet.Checksums;
import io.pointsman.packet.PacketView;

/**
 * The tuple of one direction: protocol, addresses, ports, in network byte order as in the packet. A mutable flyweight that
 * each thread reuses. For IPv4 both addresses are one long with the source in the low half; both ports are one int with the
 * source in the low half. The address fields of the other family are undefined.
 */
public final class FlowKey {
    public boolean isIpv6;
    public int protocol;
    public int ports;
    public long addresses;
    public long sourceHigh;
    public long sourceLow;
    public long destinationHigh;
    public long destinationLow;

    public FlowKey of(PacketView packet) {
        isIpv6 = !packet.isIpv4();
        protocol = packet.protocol();
        ports = packet.ports();
        if (isIpv6) {
            sourceHigh = packet.rawSourceHigh();
            sourceLow = packet.rawSourceLow();
            destinationHigh = packet.rawDestinationHigh();
            destinationLow = packet.rawDestinationLow();
        } else {
            addresses = packet.addresses();
        }
        return this;
    }

    public FlowKey of(FlowKey other) {
        isIpv6 = other.isIpv6;
        protocol = other.protocol;
        ports = other.ports;
        if (isIpv6) {
            sourceHigh = other.sourceHigh;
            sourceLow = other.sourceLow;
            destinationHigh = other.destinationHigh;
            destinationLow = other.destinationLow;
        } else {
            addresses = other.addresses;
        }
        return this;
    }

    /** Becomes the tuple of the packets that reply to {@code other}. */
    public FlowKey reverseOf(FlowKey other) {
        isIpv6 = other.isIpv6;
        protocol = other.protocol;
        ports = Integer.rotateLeft(other.ports, 16);
        if (isIpv6) {
            sourceHigh = other.destinationHigh;
            sourceLow = other.destinationLow;
            destinationHigh = other.sourceHigh;
            destinationLow = other.sourceLow;
        } else {
            addresses = Long.rotateLeft(other.addresses, 32);
        }
        return this;
    }

    /** Sets the source from the halves of an {@link io.pointsman.model.IpAddress}. */
    public void setSource(long high, long low) {
        if (isIpv6) {
            sourceHigh = Long.reverseBytes(high);
            sourceLow = Long.reverseBytes(low);
        } else {
            addresses = (addresses & 0xFFFF_FFFF_0000_0000L) | (Integer.reverseBytes((int) low) & 0xFFFF_FFFFL);
        }
    }

    public void setDestination(long high, long low) {
        if (isIpv6) {
            destinationHigh = Long.reverseBytes(high);
            destinationLow = Long.reverseBytes(low);
        } else {
            addresses = (addresses & 0xFFFF_FFFFL) | ((long) Integer.reverseBytes((int) low) << 32);
        }
    }

    public void setSourcePort(int port) {
        ports = (ports & 0xFFFF_0000) | (Short.reverseBytes((short) port) & 0xFFFF);
    }

    public void setDestinationPort(int port) {
        ports = (ports & 0xFFFF) | (Short.reverseBytes((short) port) << 16);
    }

    /** Sets both ports to an ICMP echo's identifier. */
    public void setIdentifier(int identifier) {
        setSourcePort(identifier);
        setDestinationPort(identifier);
    }

    public int sourcePort() {
        return Short.reverseBytes((short) ports) & 0xFFFF;
    }

    public int destinationPort() {
        return Short.reverseBytes((short) (ports >>> 16)) & 0xFFFF;
    }

    /** Returns the source's high half as {@link io.pointsman.model.IpAddress#high} does. */
    public long sourceHighValue() {
        return isIpv6 ? Long.reverseBytes(sourceHigh) : 0;
    }

    /** Returns the source's low half as {@link io.pointsman.model.IpAddress#low} does. */
    public long sourceLowValue() {
        return isIpv6 ? Long.reverseBytes(sourceLow) : Integer.reverseBytes((int) addresses) & 0xFFFF_FFFFL;
    }

    public long destinationHighValue() {
        return isIpv6 ? Long.reverseBytes(destinationHigh) : 0;
    }

    public long destinationLowValue() {
        return isIpv6
                ? Long.reverseBytes(destinationLow)
                : Integer.reverseBytes((int) (addresses >>> 32)) & 0xFFFF_FFFFL;
    }

    /** Returns the checksum delta of the addresses from this tuple to another. */
    int addressDelta(FlowKey to) {
        if (!isIpv6) {
            return Checksums.delta(addresses, to.addresses);
        }
        return Checksums.add(
                Checksums.add(Checksums.delta(sourceHigh, to.sourceHigh), Checksums.delta(sourceLow, to.sourceLow)),
                Checksums.add(
                        Checksums.delta(destinationHigh, to.destinationHigh),
                        Checksums.delta(destinationLow, to.destinationLow)));
    }
}
