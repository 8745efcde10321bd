package io.pointsman.nat.events;

import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.model.IpAddress;
import io.pointsman.nat.flows.ProxiedFlow;
import io.pointsman.nat.policy.EndpointState;

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
        EARLY_DROP;

        @SuppressWarnings("EnumOrdinal") // an index among the types of this process; never stored
        byte index() {
            return (byte) ordinal();
        }
    }

    private static final Type[] TYPES = Type.values();

    // Small, and with the longs that an IPv4 event needs side by side: each cache line that is written must first come
    // back
    // from the reader's core.
    private long timeNanos;
    private long sourceLow;
    private long destinationLow;
    private long endpointLow;
    private long packetsOut;
    private long bytesOut;
    private long packetsBack;
    private long bytesBack;
    private long sourceHigh; // undefined for IPv4, like the next two
    private long destinationHigh;
    private long endpointHigh;
    private short sourcePort;
    private short destinationPort;
    private short endpointPort;
    private byte type; // as an index: storing a reference would cost a GC barrier
    private byte protocol;
    private boolean isIpv4;

    public Type type() {
        return TYPES[type];
    }

    /** IANA protocol number. */
    public int protocol() {
        return protocol & 0xFF;
    }

    /** Whether the addresses are IPv4. */
    public boolean isIpv4() {
        return isIpv4;
    }

    /** Address of the client. */
    public IpAddress source() {
        return address(sourceHigh, sourceLow);
    }

    public int sourcePort() {
        return sourcePort & 0xFFFF;
    }

    /** Address of the VIP. */
    public IpAddress destination() {
        return address(destinationHigh, destinationLow);
    }

    /** High half of the VIP, as {@link IpAddress#high}. */
    public long destinationHigh() {
        return isIpv4 ? 0 : destinationHigh;
    }

    /** Low half of the VIP, as {@link IpAddress#low}. */
    public long destinationLow() {
        return destinationLow;
    }

    public int destinationPort() {
        return destinationPort & 0xFFFF;
    }

    /** Address of the endpoint; the unspecified address if there is none. */
    public IpAddress endpoint() {
        return address(endpointHigh, endpointLow);
    }

    public int endpointPort() {
        return endpointPort & 0xFFFF;
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
        return isIpv4 ? IpAddress.ofIpv4((int) low) : IpAddress.ofIpv6(high, low);
    }

    /** Sets type and time, and no other field. */
    void begin(Type of, long nowNanos) {
        type = of.index();
        timeNanos = nowNanos;
    }

    /** Sets a first packet's tuple, without endpoint or counters. */
    void setOriginal(FlowKey original) {
        isIpv4 = !original.isIpv6;
        protocol = (byte) original.protocol;
        sourcePort = (short) original.sourcePort();
        sourceHigh = original.sourceHighValue();
        sourceLow = original.sourceLowValue();
        destinationPort = (short) original.destinationPort();
        destinationHigh = original.destinationHighValue();
        destinationLow = original.destinationLowValue();
        endpointPort = 0;
        endpointHigh = 0;
        endpointLow = 0;
        packetsOut = 0;
        bytesOut = 0;
        packetsBack = 0;
        bytesBack = 0;
    }

    /** Sets tuple, endpoint and counters from a flow's two slots. */
    void setSlots(boolean isIpv6, long original, long reply) {
        isIpv4 = !isIpv6;
        protocol = (byte) FlowSlot.protocol(original);
        final int ports = FlowSlot.ports(original);
        sourcePort = Short.reverseBytes((short) ports);
        destinationPort = Short.reverseBytes((short) (ports >>> Short.SIZE));
        endpointPort = Short.reverseBytes((short) FlowSlot.ports(reply));
        if (isIpv6) {
            sourceHigh = Long.reverseBytes(FlowSlot.sourceHigh(original));
            sourceLow = Long.reverseBytes(FlowSlot.sourceLow(original));
            destinationHigh = Long.reverseBytes(FlowSlot.destinationHigh(original));
            destinationLow = Long.reverseBytes(FlowSlot.destinationLow(original));
            endpointHigh = Long.reverseBytes(FlowSlot.sourceHigh(reply));
            endpointLow = Long.reverseBytes(FlowSlot.sourceLow(reply));
        } else {
            final long addresses = FlowSlot.addresses(original);
            sourceLow = ipv4((int) addresses);
            destinationLow = ipv4((int) (addresses >>> Integer.SIZE));
            endpointLow = ipv4((int) FlowSlot.addresses(reply));
        }
        packetsOut = FlowSlot.packets(original);
        bytesOut = FlowSlot.bytes(original);
        packetsBack = FlowSlot.packets(reply);
        bytesBack = FlowSlot.bytes(reply);
    }

    private static long ipv4(int raw) {
        return Integer.reverseBytes(raw) & 0xFFFF_FFFFL;
    }

    /** Sets tuple, endpoint and bytes of a socket backend's connection. */
    void setProxied(ProxiedFlow flow) {
        isIpv4 = flow.client.isIpv4();
        protocol = (byte) flow.protocol.number();
        sourcePort = (short) flow.clientPort;
        sourceHigh = flow.client.high();
        sourceLow = flow.client.low();
        destinationPort = (short) flow.vipPort;
        destinationHigh = flow.vip.high();
        destinationLow = flow.vip.low();
        final EndpointState endpoint = flow.dial().state();
        endpointPort = (short) endpoint.port;
        endpointHigh = endpoint.high;
        endpointLow = endpoint.low;
        packetsOut = 0;
        bytesOut = flow.bytesOut();
        packetsBack = 0;
        bytesBack = flow.bytesBack();
    }
}
