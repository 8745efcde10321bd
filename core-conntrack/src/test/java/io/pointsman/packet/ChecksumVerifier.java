package io.pointsman.packet;

import io.pointsman.model.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Finds every wrong length and checksum in a packet, and in the packet that an ICMP error quotes, by recomputing all of them. */
public final class ChecksumVerifier {
    private final byte[] bytes;
    private final String where;
    private final boolean isQuoted;
    private final List<String> problems = new ArrayList<>();

    private ChecksumVerifier(byte[] bytes, boolean isQuoted) {
        this.bytes = bytes;
        this.isQuoted = isQuoted;
        this.where = isQuoted ? "quoted " : "";
    }

    /** Describes what is wrong with the packet; empty if it is correct. */
    public static List<String> problems(byte[] packet) {
        final ChecksumVerifier verifier = new ChecksumVerifier(packet, false);
        verifier.verify();
        return List.copyOf(verifier.problems);
    }

    private void verify() {
        final int version = bytes.length == 0 ? 0 : bytes[0] >>> 4 & 0xF;
        switch (version) {
            case 4 -> verifyIpv4();
            case 6 -> verifyIpv6();
            default -> problems.add(where + "IP version " + version);
        }
    }

    private void verifyIpv4() {
        final int headerBytes = (bytes[0] & 0xF) * 4;
        if (headerBytes < 20 || bytes.length < headerBytes) {
            problems.add(where + "IPv4 header of " + headerBytes + " bytes in " + bytes.length);
            return;
        }
        if (SlowChecksum.internet(bytes, 0, headerBytes) != 0) {
            problems.add(where + "IPv4 header checksum");
        }
        final int total = u16(2);
        final IpAddress source = IpAddress.ofBytes(Arrays.copyOfRange(bytes, 12, 16));
        final IpAddress destination = IpAddress.ofBytes(Arrays.copyOfRange(bytes, 16, 20));
        verifyTransport(source, destination, bytes[9] & 0xFF, headerBytes, total, (u16(6) & 0x3FFF) != 0);
    }

    private void verifyIpv6() {
        if (bytes.length < 40) {
            problems.add(where + "IPv6 header cut at " + bytes.length);
            return;
        }
        int next = bytes[6] & 0xFF;
        int at = 40;
        boolean isFragment = false;
        while ((next == 0 || next == 43 || next == 60 || next == 44) && at + 8 <= bytes.length) {
            isFragment |= next == 44;
            final int length = next == 44 ? 8 : ((bytes[at + 1] & 0xFF) + 1) * 8;
            next = bytes[at] & 0xFF;
            at += length;
        }
        final IpAddress source = IpAddress.ofBytes(Arrays.copyOfRange(bytes, 8, 24));
        final IpAddress destination = IpAddress.ofBytes(Arrays.copyOfRange(bytes, 24, 40));
        verifyTransport(source, destination, next, at, 40 + u16(4), isFragment);
    }

    private void verifyTransport(
            IpAddress source, IpAddress destination, int protocol, int from, int to, boolean isFragment) {
        if (to > bytes.length || from > to) {
            if (!isQuoted) {
                problems.add("length " + to + " of a packet of " + bytes.length + " bytes");
            }
            return; // a quoted packet is cut where the error had no more room
        }
        if (isFragment) {
            return;
        }
        final String name =
                switch (protocol) {
                    case PacketBuilder.TCP -> sumIsWrong(source, destination, protocol, from, to, 20) ? "TCP" : "";
                    case PacketBuilder.UDP ->
                        to - from >= 8 && u16(from + 6) == 0 && source.isIpv4()
                                ? ""
                                : sumIsWrong(source, destination, protocol, from, to, 8) ? "UDP" : "";
                    case PacketBuilder.ICMPV6 -> sumIsWrong(source, destination, protocol, from, to, 4) ? "ICMPv6" : "";
                    case PacketBuilder.ICMP -> SlowChecksum.internet(bytes, from, to) == 0 ? "" : "ICMP";
                    case PacketBuilder.SCTP -> sctpIsWrong(from, to) ? "SCTP" : "";
                    default -> "";
                };
        if (!name.isEmpty()) {
            problems.add(where + name + " checksum");
        }
        verifyQuoted(protocol, from, to);
    }

    private boolean sumIsWrong(IpAddress source, IpAddress destination, int protocol, int from, int to, int least) {
        return to - from < least || SlowChecksum.transport(source, destination, protocol, bytes, from, to) != 0;
    }

    private boolean sctpIsWrong(int from, int to) {
        if (to - from < 12) {
            return true;
        }
        final byte[] segment = Arrays.copyOfRange(bytes, from, to);
        final int stored = ByteBuffer.wrap(segment).getInt(8);
        ByteBuffer.wrap(segment).putInt(8, 0);
        return SlowChecksum.crc32c(segment, 0, segment.length) != stored;
    }

    private void verifyQuoted(int protocol, int from, int to) {
        if (isQuoted || to - from < 8) {
            return;
        }
        final int type = bytes[from] & 0xFF;
        final boolean isError = protocol == PacketBuilder.ICMP
                ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12
                : protocol == PacketBuilder.ICMPV6 && type < 128;
        if (isError) {
            final ChecksumVerifier quoted = new ChecksumVerifier(Arrays.copyOfRange(bytes, from + 8, to), true);
            quoted.verify();
            problems.addAll(quoted.problems);
        }
    }

    private int u16(int offset) {
        return (bytes[offset] & 0xFF) << 8 | (bytes[offset + 1] & 0xFF);
    }
}
