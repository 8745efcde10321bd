package io.pointsman.conntrack;

import io.pointsman.packet.Checksums;
import io.pointsman.packet.PacketView;

/**
 * One direction's tuple, raw as in the packet: reused by its thread. For IPv4 the two addresses are one long, the source in
 * its low half; for both families the two ports are one int, the source in its low half.
 */
public final class FlowKey {
    public boolean wide; // IPv6
    public int protocol;
    public int ports;
    public long addresses;
    public long sourceHigh;
    public long sourceLow;
    public long destinationHigh;
    public long destinationLow;

    public FlowKey of(PacketView packet) {
        wide = !packet.isIpv4();
        protocol = packet.protocol();
        ports = packet.ports();
        if (wide) {
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
        wide = other.wide;
        protocol = other.protocol;
        ports = other.ports;
        addresses = other.addresses;
        sourceHigh = other.sourceHigh;
        sourceLow = other.sourceLow;
        destinationHigh = other.destinationHigh;
        destinationLow = other.destinationLow;
        return this;
    }

    /** The other's answers. */
    public FlowKey reverseOf(FlowKey other) {
        wide = other.wide;
        protocol = other.protocol;
        ports = Integer.rotateLeft(other.ports, 16);
        addresses = Long.rotateLeft(other.addresses, 32);
        sourceHigh = other.destinationHigh;
        sourceLow = other.destinationLow;
        destinationHigh = other.sourceHigh;
        destinationLow = other.sourceLow;
        return this;
    }

    /** Halves as {@link io.pointsman.model.IpAddress} has them. */
    public void setSource(long high, long low) {
        if (wide) {
            sourceHigh = Long.reverseBytes(high);
            sourceLow = Long.reverseBytes(low);
        } else {
            addresses = (addresses & 0xFFFF_FFFF_0000_0000L) | (Integer.reverseBytes((int) low) & 0xFFFF_FFFFL);
        }
    }

    public void setDestination(long high, long low) {
        if (wide) {
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

    /** An echo's identifier, which stands for both ports. */
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

    /** As {@link io.pointsman.model.IpAddress#high}. */
    public long sourceHighValue() {
        return wide ? Long.reverseBytes(sourceHigh) : 0;
    }

    /** As {@link io.pointsman.model.IpAddress#low}. */
    public long sourceLowValue() {
        return wide ? Long.reverseBytes(sourceLow) : Integer.reverseBytes((int) addresses) & 0xFFFF_FFFFL;
    }

    public long destinationHighValue() {
        return wide ? Long.reverseBytes(destinationHigh) : 0;
    }

    public long destinationLowValue() {
        return wide ? Long.reverseBytes(destinationLow) : Integer.reverseBytes((int) (addresses >>> 32)) & 0xFFFF_FFFFL;
    }

    /** The checksum delta of the addresses from this to another. */
    int addressDelta(FlowKey to) {
        if (!wide) {
            return Checksums.delta(addresses, to.addresses);
        }
        return Checksums.add(
                Checksums.add(Checksums.delta(sourceHigh, to.sourceHigh), Checksums.delta(sourceLow, to.sourceLow)),
                Checksums.add(
                        Checksums.delta(destinationHigh, to.destinationHigh),
                        Checksums.delta(destinationLow, to.destinationLow)));
    }
}
