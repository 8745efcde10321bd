package io.pointsman.testing;

import io.pointsman.model.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Packets for tests, built and checked byte by byte with plain arithmetic of its own: nothing here comes from the code under
 * test.
 */
public final class Packets {
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int SCTP = 132;
    public static final int SYN = 2;
    public static final int ACK = 16;
    public static final int FIN = 1;
    public static final int RST = 4;

    private Packets() {}

    public static byte[] tcp(String source, int sourcePort, String destination, int destinationPort, int flags) {
        return tcp(source, sourcePort, destination, destinationPort, flags, new byte[0]);
    }

    public static byte[] tcp(
            String source, int sourcePort, String destination, int destinationPort, int flags, byte[] data) {
        final ByteBuffer segment = ByteBuffer.allocate(20 + data.length);
        segment.putShort((short) sourcePort).putShort((short) destinationPort);
        segment.putInt(1000).putInt(2000).put((byte) 0x50).put((byte) flags).putShort((short) 512);
        segment.putInt(0).put(data);
        return ip(TCP, source, destination, finished(TCP, source, destination, segment.array(), 16));
    }

    public static byte[] udp(String source, int sourcePort, String destination, int destinationPort, byte[] data) {
        final byte[] datagram = udpDatagram(sourcePort, destinationPort, data);
        return ip(UDP, source, destination, finished(UDP, source, destination, datagram, 6));
    }

    public static byte[] udpWithoutChecksum(
            String source, int sourcePort, String destination, int destinationPort, byte[] data) {
        return ip(UDP, source, destination, udpDatagram(sourcePort, destinationPort, data));
    }

    private static byte[] udpDatagram(int sourcePort, int destinationPort, byte[] data) {
        final ByteBuffer datagram = ByteBuffer.allocate(8 + data.length);
        datagram.putShort((short) sourcePort).putShort((short) destinationPort);
        datagram.putShort((short) (8 + data.length)).putShort((short) 0).put(data);
        return datagram.array();
    }

    public static byte[] sctp(
            String source, int sourcePort, String destination, int destinationPort, int chunk, byte[] data) {
        final ByteBuffer packet = ByteBuffer.allocate(16 + data.length);
        packet.putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putInt(77)
                .putInt(0);
        packet.put((byte) chunk)
                .put((byte) 0)
                .putShort((short) (4 + data.length))
                .put(data);
        ByteBuffer.wrap(packet.array(), 8, 4).putInt(sctpChecksum(packet.array()));
        return ip(SCTP, source, destination, packet.array());
    }

    private static int sctpChecksum(byte[] packet) {
        final byte[] copy = packet.clone();
        Arrays.fill(copy, 8, 12, (byte) 0);
        final CRC32C crc = new CRC32C();
        crc.update(copy);
        return Integer.reverseBytes((int) crc.getValue());
    }

    /** An ICMP error of the packet's family, quoting as much of it as asked. */
    public static byte[] icmpError(int type, int code, String source, String destination, byte[] about, int quoted) {
        final boolean ipv4 = isIpv4(source);
        final byte[] message = new byte[8 + Math.min(quoted, about.length)];
        message[0] = (byte) type;
        message[1] = (byte) code;
        System.arraycopy(about, 0, message, 8, message.length - 8);
        final int protocol = ipv4 ? 1 : 58;
        final int checksum = ipv4
                ? ~sum(message, 0, message.length, 0) & 0xFFFF
                : ~transportSum(protocol, source, destination, message) & 0xFFFF;
        message[2] = (byte) (checksum >>> 8);
        message[3] = (byte) checksum;
        return ip(protocol, source, destination, message);
    }

    /** Any payload, in a plain IPv4 or IPv6 header. */
    public static byte[] ip(int protocol, String source, String destination, byte[] payload) {
        final IpAddress from = IpAddress.parse(source);
        final IpAddress to = IpAddress.parse(destination);
        final ByteBuffer packet;
        if (from.isIpv4()) {
            packet = ByteBuffer.allocate(20 + payload.length);
            packet.putInt(0x45000000 | packet.capacity()).putInt(0x1234_4000);
            packet.put((byte) 61).put((byte) protocol).putShort((short) 0);
            packet.put(from.toBytes()).put(to.toBytes());
            packet.putShort(10, (short) ~sum(packet.array(), 0, 20, 0));
        } else {
            packet = ByteBuffer.allocate(40 + payload.length);
            packet.putInt(0x6000_0000)
                    .putShort((short) payload.length)
                    .put((byte) protocol)
                    .put((byte) 61);
            packet.put(from.toBytes()).put(to.toBytes());
        }
        return packet.put(payload).array();
    }

    private static byte[] finished(int protocol, String source, String destination, byte[] segment, int at) {
        int checksum = ~transportSum(protocol, source, destination, segment) & 0xFFFF;
        if (checksum == 0 && protocol == UDP) {
            checksum = 0xFFFF;
        }
        segment[at] = (byte) (checksum >>> 8);
        segment[at + 1] = (byte) checksum;
        return segment;
    }

    private static int transportSum(int protocol, String source, String destination, byte[] segment) {
        final byte[] from = IpAddress.parse(source).toBytes();
        final byte[] to = IpAddress.parse(destination).toBytes();
        int sum = sum(from, 0, from.length, protocol + segment.length);
        sum = sum(to, 0, to.length, sum);
        return sum(segment, 0, segment.length, sum);
    }

    private static int sum(byte[] bytes, int offset, int length, int start) {
        int sum = start;
        for (int i = 0; i < length; i++) {
            sum += (bytes[offset + i] & 0xFF) << ((i & 1) == 0 ? 8 : 0);
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }

    private static boolean isIpv4(String address) {
        return address.indexOf(':') < 0;
    }

    /** Describes wrong checksums of a packet, whole or quoted; empty if there are none. */
    public static String problems(byte[] packet) {
        return problems(packet, false);
    }

    private static String problems(byte[] packet, boolean isQuoted) {
        final boolean ipv4 = packet[0] >>> 4 == 4;
        final int header = ipv4 ? (packet[0] & 0xF) * 4 : 40;
        final int protocol = packet[ipv4 ? 9 : 6];
        final byte[] payload = Arrays.copyOfRange(packet, header, packet.length);
        String found = ipv4 && sum(packet, 0, header, 0) != 0xFFFF ? "IPv4 header; " : "";
        switch (protocol & 0xFF) {
            case TCP ->
                found += isQuoted || transportSum(protocol, source(packet), destination(packet), payload) == 0xFFFF
                        ? ""
                        : "TCP; ";
            case UDP ->
                found += isQuoted
                                || (payload[6] == 0 && payload[7] == 0)
                                || transportSum(protocol, source(packet), destination(packet), payload) == 0xFFFF
                        ? ""
                        : "UDP; ";
            case SCTP ->
                found += isQuoted || ByteBuffer.wrap(payload).getInt(8) == sctpChecksum(payload) ? "" : "SCTP; ";
            case 1 ->
                found += (sum(payload, 0, payload.length, 0) == 0xFFFF ? "" : "ICMP; ")
                        + problems(Arrays.copyOfRange(payload, 8, payload.length), true);
            case 58 ->
                found += (transportSum(protocol, source(packet), destination(packet), payload) == 0xFFFF
                                ? ""
                                : "ICMPv6; ")
                        + problems(Arrays.copyOfRange(payload, 8, payload.length), true);
            default -> {}
        }
        return found;
    }

    public static String source(byte[] packet) {
        return packet[0] >>> 4 == 4
                ? IpAddress.ofBytes(Arrays.copyOfRange(packet, 12, 16)).toString()
                : IpAddress.ofBytes(Arrays.copyOfRange(packet, 8, 24)).toString();
    }

    public static String destination(byte[] packet) {
        return packet[0] >>> 4 == 4
                ? IpAddress.ofBytes(Arrays.copyOfRange(packet, 16, 20)).toString()
                : IpAddress.ofBytes(Arrays.copyOfRange(packet, 24, 40)).toString();
    }

    public static int sourcePort(byte[] packet) {
        return ByteBuffer.wrap(packet).getShort(header(packet)) & 0xFFFF;
    }

    public static int destinationPort(byte[] packet) {
        return ByteBuffer.wrap(packet).getShort(header(packet) + 2) & 0xFFFF;
    }

    /** {@code 10.0.0.1:80 > 10.0.0.2:90}. */
    public static String tuple(byte[] packet) {
        return IpAddress.parse(source(packet)).withPort(sourcePort(packet)) + " > "
                + IpAddress.parse(destination(packet)).withPort(destinationPort(packet));
    }

    /** The packet that an ICMP error quotes. */
    public static byte[] quoted(byte[] error) {
        return Arrays.copyOfRange(error, header(error) + 8, error.length);
    }

    private static int header(byte[] packet) {
        return packet[0] >>> 4 == 4 ? (packet[0] & 0xF) * 4 : 40;
    }

    /** A copy in native memory. */
    public static MemorySegment lend(byte[] packet) {
        final MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, packet.length), 64);
        MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, 0, packet.length);
        return memory;
    }

    public static byte[] bytes(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_BYTE);
    }
}
