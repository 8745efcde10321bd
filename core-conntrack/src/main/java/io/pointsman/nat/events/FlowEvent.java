package io.pointsman.nat.events;

import io.pointsman.conntrack.FlowKey;
import io.pointsman.model.IpAddress;

/**
 * Something that happened to a flow. One object of the ring, overwritten: valid only during the call that hands it out.
 * Numbers, not objects; {@link #source()} and its like make objects for those who want them.
 */
public final class FlowEvent {
    /** What happened. */
    public enum Type {
        /** The first packet was forwarded, or a backend was told where to dial. */
        NEW,
        /** The first answer was seen, or a dial succeeded. */
        ESTABLISHED,
        /** Over: the counters are final. */
        DESTROY,
        /** Refused for want of room in the table; the tuple is the first packet's. */
        TABLE_FULL,
        /** Given up to make room for a new flow, having had no answer; the counters are final. */
        EARLY_DROP
    }

    final FlowKey key = new FlowKey(); // for the producer, which fills the event
    Type type = Type.NEW;
    public int protocol;
    public boolean ipv4;
    public long sourceHigh;
    public long sourceLow;
    public int sourcePort;
    public long destinationHigh;
    public long destinationLow;
    public int destinationPort;
    public long endpointHigh;
    public long endpointLow;
    public int endpointPort;
    public long packetsOut;
    public long bytesOut;
    public long packetsBack;
    public long bytesBack;
    long timeNanos;

    public Type type() {
        return type;
    }

    /** IANA protocol number. */
    public int protocol() {
        return protocol;
    }

    /** The client. */
    public IpAddress source() {
        return address(sourceHigh, sourceLow);
    }

    public int sourcePort() {
        return sourcePort;
    }

    /** The VIP. */
    public IpAddress destination() {
        return address(destinationHigh, destinationLow);
    }

    public int destinationPort() {
        return destinationPort;
    }

    /** The unspecified address where there is none. */
    public IpAddress endpoint() {
        return address(endpointHigh, endpointLow);
    }

    public int endpointPort() {
        return endpointPort;
    }

    /** From the client; 0 where only bytes are counted. */
    public long packetsOut() {
        return packetsOut;
    }

    public long bytesOut() {
        return bytesOut;
    }

    public long packetsBack() {
        return packetsBack;
    }

    public long bytesBack() {
        return bytesBack;
    }

    /** The time that came with the packet or call. */
    public long timeNanos() {
        return timeNanos;
    }

    private IpAddress address(long high, long low) {
        return ipv4 ? IpAddress.ofIpv4((int) low) : IpAddress.ofIpv6(high, low);
    }

    /** A first packet's tuple, and nothing else. */
    void setOriginal(FlowKey original) {
        ipv4 = !original.isIpv6;
        protocol = original.protocol;
        sourceHigh = original.sourceHighValue();
        sourceLow = original.sourceLowValue();
        sourcePort = original.sourcePort();
        destinationHigh = original.destinationHighValue();
        destinationLow = original.destinationLowValue();
        destinationPort = original.destinationPort();
        endpointHigh = 0;
        endpointLow = 0;
        endpointPort = 0;
        packetsOut = 0;
        bytesOut = 0;
        packetsBack = 0;
        bytesBack = 0;
    }
}
