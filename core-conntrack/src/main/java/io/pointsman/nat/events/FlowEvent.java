package io.pointsman.nat.events;

import io.pointsman.conntrack.FlowKey;
import io.pointsman.model.IpAddress;

/**
 * An event of a flow. An object of the ring that is overwritten: valid only during the call that passes it. Fields are
 * numbers; {@link #source()} and similar methods create objects on demand.
 */
public final class FlowEvent {
    /** Type of the event. */
    public enum Type {
        /** The first packet was forwarded, or a backend was given an endpoint to dial. */
        NEW,
        /** The first reply was seen, or a dial succeeded. */
        ESTABLISHED,
        /** The flow has ended: the counters are final. */
        DESTROY,
        /** The flow was refused because the table was full; the tuple is the first packet's. */
        TABLE_FULL,
        /** The flow was ended to make room for a new one, without a reply; the counters are final. */
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

    /** Address of the client. */
    public IpAddress source() {
        return address(sourceHigh, sourceLow);
    }

    public int sourcePort() {
        return sourcePort;
    }

    /** Address of the VIP. */
    public IpAddress destination() {
        return address(destinationHigh, destinationLow);
    }

    public int destinationPort() {
        return destinationPort;
    }

    /** Address of the endpoint; the unspecified address if there is none. */
    public IpAddress endpoint() {
        return address(endpointHigh, endpointLow);
    }

    public int endpointPort() {
        return endpointPort;
    }

    /** Number of packets from the client; 0 if only bytes are counted. */
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

    /** Time that came with the packet or call, in nanoseconds. */
    public long timeNanos() {
        return timeNanos;
    }

    private IpAddress address(long high, long low) {
        return ipv4 ? IpAddress.ofIpv4((int) low) : IpAddress.ofIpv6(high, low);
    }

    /** Sets a first packet's tuple, and no other field. */
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
