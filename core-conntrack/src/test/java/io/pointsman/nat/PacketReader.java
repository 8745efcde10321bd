package io.pointsman.nat;

import io.pointsman.model.IpAddress;
import io.pointsman.nat.reference.Observed;
import io.pointsman.nat.reference.Outcome;
import io.pointsman.nat.reference.Transport;
import io.pointsman.nat.reference.Tuple;
import java.util.Arrays;
import java.util.Optional;

/** Reads tuples back out of well-formed test packets, with no help from the engine's parser. */
final class PacketReader {
    private final byte[] bytes;
    private final int start;

    private PacketReader(byte[] bytes, int start) {
        this.bytes = bytes;
        this.start = start;
    }

    /** The packet's tuple; for an ICMP error, addresses alone and the quoted packet's tuple beside. */
    static Observed read(Transport protocol, byte[] packet, Outcome outcome) {
        final PacketReader outer = new PacketReader(packet, 0);
        final int transport = outer.transport();
        if (outer.isError(transport)) {
            final Tuple quoted = new PacketReader(packet, transport + 8).tuple(protocol);
            return new Observed(
                    outcome, new Tuple(protocol, outer.source(), 0, outer.destination(), 0), Optional.of(quoted));
        }
        return new Observed(outcome, outer.tuple(protocol), Optional.empty());
    }

    /** A later fragment's tuple has no ports of its own: they are said to be these. */
    static Observed readLater(Tuple ports, byte[] packet, Outcome outcome) {
        final PacketReader later = new PacketReader(packet, 0);
        final Tuple tuple = new Tuple(
                ports.protocol(), later.source(), ports.sourcePort(), later.destination(), ports.destinationPort());
        return new Observed(outcome, tuple, Optional.empty());
    }

    private boolean isError(int transport) {
        final int type = bytes[transport] & 0xFF;
        return isIcmp() && type != 8 && type != 0 && type != 128 && type != 129;
    }

    private Tuple tuple(Transport protocol) {
        final int transport = transport();
        if (protocol == Transport.ECHO) {
            return new Tuple(protocol, source(), u16(transport + 4), destination(), u16(transport + 4));
        }
        return new Tuple(protocol, source(), u16(transport), destination(), u16(transport + 2));
    }

    private boolean isIpv4() {
        return (bytes[start] & 0xF0) == 0x40;
    }

    private boolean isIcmp() {
        if (isIpv4()) {
            return bytes[start + 9] == 1;
        }
        return bytes[start + 6] == 58;
    }

    private IpAddress source() {
        return isIpv4() ? address(12, 4) : address(8, 16);
    }

    private IpAddress destination() {
        return isIpv4() ? address(16, 4) : address(24, 16);
    }

    private IpAddress address(int offset, int length) {
        return IpAddress.ofBytes(Arrays.copyOfRange(bytes, start + offset, start + offset + length));
    }

    private int transport() {
        if (isIpv4()) {
            return start + (bytes[start] & 0xF) * 4;
        }
        int next = bytes[start + 6];
        int at = start + 40;
        while (next == 0 || next == 43 || next == 60 || next == 44) {
            final int length = next == 44 ? 8 : ((bytes[at + 1] & 0xFF) + 1) * 8;
            next = bytes[at];
            at += length;
        }
        return at;
    }

    private int u16(int offset) {
        return (bytes[offset] & 0xFF) << 8 | (bytes[offset + 1] & 0xFF);
    }
}
