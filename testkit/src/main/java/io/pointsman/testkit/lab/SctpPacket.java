package io.pointsman.testkit.lab;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The first two packets of an SCTP association (RFC 9260, sections 3.1 and 3.3): INIT, and INIT ACK whose state cookie,
 * which the server may choose, carries an answer.
 *
 * <pre>
 *   common header: source port:u16, destination port:u16, verification tag:u32, CRC32c:u32 (little-endian)
 *   chunk:         type:u8, flags:u8, length:u16, initiate tag:u32, window:u32, streams out:u16, in:u16, first TSN:u32
 *   parameter:     type:u16, length:u16, value, padded to 4 bytes
 * </pre>
 *
 * @param tag initiate tag, not 0
 * @param cookie ASCII; empty for INIT
 */
record SctpPacket(int sourcePort, int destinationPort, int verificationTag, int tag, String cookie) {
    static final int PROTOCOL = 132;

    private static final int CHECKSUM_OFFSET = 8;
    private static final int COMMON_BYTES = 12;
    private static final int CHUNK_BYTES = 20;
    private static final int PARAMETER_BYTES = 4;
    private static final byte INIT = 1;
    private static final byte INIT_ACK = 2;
    private static final short STATE_COOKIE = 7;
    private static final int WINDOW_BYTES = 1 << 16;

    static SctpPacket init(int sourcePort, int destinationPort, int tag) {
        return new SctpPacket(sourcePort, destinationPort, 0, tag, "");
    }

    /** Returns a server's answer to an INIT. */
    SctpPacket answer(int ownTag, String ownCookie) {
        return new SctpPacket(destinationPort, sourcePort, tag, ownTag, ownCookie);
    }

    boolean isInit() {
        return cookie.isEmpty();
    }

    byte[] toBytes() {
        final int parameterBytes = isInit() ? 0 : PARAMETER_BYTES + cookie.length();
        final ByteBuffer packet = ByteBuffer.allocate(COMMON_BYTES + CHUNK_BYTES + padded(parameterBytes));
        packet.putShort((short) sourcePort)
                .putShort((short) destinationPort)
                .putInt(verificationTag)
                .putInt(0);
        packet.put(isInit() ? INIT : INIT_ACK)
                .put((byte) 0)
                .putShort((short) (CHUNK_BYTES + parameterBytes))
                .putInt(tag)
                .putInt(WINDOW_BYTES)
                .putShort((short) 1)
                .putShort((short) 1)
                .putInt(tag);
        if (!isInit()) {
            packet.putShort(STATE_COOKIE)
                    .putShort((short) parameterBytes)
                    .put(cookie.getBytes(StandardCharsets.US_ASCII));
        }
        packet.order(ByteOrder.LITTLE_ENDIAN).putInt(CHECKSUM_OFFSET, checksum(packet.array()));
        return packet.array();
    }

    private static int padded(int bytes) {
        return (bytes + 3) & ~3;
    }

    /** Computes the CRC of the packet with its checksum field as 0 (RFC 9260, section 6.8). */
    private static int checksum(byte[] packet) {
        final byte[] zeroed = packet.clone();
        Arrays.fill(zeroed, CHECKSUM_OFFSET, CHECKSUM_OFFSET + Integer.BYTES, (byte) 0);
        final CRC32C crc = new CRC32C();
        crc.update(zeroed, 0, zeroed.length);
        return (int) crc.getValue();
    }

    /**
     * Parses an INIT or INIT ACK; empty for other packets and for a wrong checksum, so that a translation that forgot it is
     * noticed.
     */
    static Optional<SctpPacket> parse(ByteBuffer payload) {
        final byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        if (bytes.length < COMMON_BYTES + CHUNK_BYTES) {
            return Optional.empty();
        }
        final ByteBuffer packet = ByteBuffer.wrap(bytes);
        final int sum = packet.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(CHECKSUM_OFFSET);
        final byte type = bytes[COMMON_BYTES];
        if (sum != checksum(bytes) || (type != INIT && type != INIT_ACK)) {
            return Optional.empty();
        }
        final String cookie = type == INIT ? "" : cookie(packet);
        if (type == INIT_ACK && cookie.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new SctpPacket(
                Short.toUnsignedInt(packet.getShort(0)),
                Short.toUnsignedInt(packet.getShort(2)),
                packet.getInt(4),
                packet.getInt(COMMON_BYTES + 4),
                cookie));
    }

    /** Returns the cookie, which echo servers put first among the parameters; empty if there is none. */
    private static String cookie(ByteBuffer packet) {
        final int at = COMMON_BYTES + CHUNK_BYTES;
        if (packet.limit() < at + PARAMETER_BYTES || packet.getShort(at) != STATE_COOKIE) {
            return "";
        }
        final int length = Short.toUnsignedInt(packet.getShort(at + 2));
        if (length <= PARAMETER_BYTES || at + length > packet.limit()) {
            return "";
        }
        final byte[] value = new byte[length - PARAMETER_BYTES];
        packet.get(at + PARAMETER_BYTES, value);
        return new String(value, StandardCharsets.US_ASCII);
    }
}
