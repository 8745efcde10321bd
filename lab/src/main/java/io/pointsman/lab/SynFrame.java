package io.pointsman.lab;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.spi.FlowRecord.Tuple;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Finds the first packet of a TCP connection in an Ethernet frame: SYN without ACK (RFC 9293). */
final class SynFrame {
    private static final int ETHERTYPE_OFFSET = 12;
    private static final int IP_OFFSET = 14;
    private static final short ETHERTYPE_IPV4 = 0x0800;
    private static final short ETHERTYPE_IPV6 = (short) 0x86DD;
    private static final int TCP = 6;
    private static final int IPV6_HEADER_BYTES = 40;
    private static final int FLAGS_OFFSET = 13;
    private static final int SYN = 0x02;
    private static final int ACK = 0x10;

    private SynFrame() {}

    static Optional<Tuple> parse(ByteBuffer frame) {
        if (frame.remaining() < IP_OFFSET + 20) {
            return Optional.empty();
        }
        return switch (frame.getShort(ETHERTYPE_OFFSET)) {
            case ETHERTYPE_IPV4 ->
                frame.get(IP_OFFSET + 9) == TCP
                        ? tcp(frame, IP_OFFSET + 4 * (frame.get(IP_OFFSET) & 0x0F), IP_OFFSET + 12, 4)
                        : Optional.empty();
            case ETHERTYPE_IPV6 ->
                frame.get(IP_OFFSET + 6) == TCP
                        ? tcp(frame, IP_OFFSET + IPV6_HEADER_BYTES, IP_OFFSET + 8, 16)
                        : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static Optional<Tuple> tcp(ByteBuffer frame, int offset, int addresses, int addressBytes) {
        if (frame.remaining() < offset + FLAGS_OFFSET + 1 || (frame.get(offset + FLAGS_OFFSET) & (SYN | ACK)) != SYN) {
            return Optional.empty();
        }
        return Optional.of(new Tuple(
                Protocol.TCP,
                address(frame, addresses, addressBytes),
                frame.getShort(offset) & 0xFFFF,
                address(frame, addresses + addressBytes, addressBytes),
                frame.getShort(offset + 2) & 0xFFFF));
    }

    private static IpAddress address(ByteBuffer frame, int offset, int length) {
        return length == 4
                ? IpAddress.ofIpv4(frame.getInt(offset))
                : IpAddress.ofIpv6(frame.getLong(offset), frame.getLong(offset + Long.BYTES));
    }
}
