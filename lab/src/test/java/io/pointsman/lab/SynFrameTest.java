package io.pointsman.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.spi.FlowRecord.Tuple;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class SynFrameTest {
    private static final int SYN = 0x02;
    private static final int SYN_ACK = 0x12;
    private static final int TCP = 6;
    private static final int UDP = 17;

    @Test
    void shouldFindTheConnectionWhenItIsItsFirstPacket() {
        assertThat(SynFrame.parse(frame("198.51.100.79", "10.240.0.5", TCP, SYN)))
                .contains(new Tuple(
                        Protocol.TCP, IpAddress.parse("198.51.100.79"), 40_000, IpAddress.parse("10.240.0.5"), 30_080));
        assertThat(SynFrame.parse(frame("2001:db8:51::79", "fd00:10:240::5", TCP, SYN)))
                .contains(new Tuple(
                        Protocol.TCP,
                        IpAddress.parse("2001:db8:51::79"),
                        40_000,
                        IpAddress.parse("fd00:10:240::5"),
                        30_080));
    }

    @Test
    void shouldFindNothingWhenItIsAnotherPacketOrCutShort() {
        assertThat(SynFrame.parse(frame("198.51.100.79", "10.240.0.5", TCP, SYN_ACK)))
                .isEmpty();
        assertThat(SynFrame.parse(frame("198.51.100.79", "10.240.0.5", UDP, SYN)))
                .isEmpty();
        final ByteBuffer whole = frame("198.51.100.79", "10.240.0.5", TCP, SYN);
        for (int length = 0; length < 14 + 20 + 14; length++) {
            assertThat(SynFrame.parse(whole.slice(0, length)))
                    .as("%d bytes", length)
                    .isEmpty();
        }
    }

    private static ByteBuffer frame(String from, String to, int protocol, int flags) {
        final byte[] source = IpAddress.parse(from).toInetAddress().getAddress();
        final byte[] destination = IpAddress.parse(to).toInetAddress().getAddress();
        final boolean ipv4 = source.length == 4;
        final ByteBuffer frame = ByteBuffer.allocate(14 + (ipv4 ? 20 : 40) + 20);
        frame.position(12).putShort((short) (ipv4 ? 0x0800 : 0x86DD));
        if (ipv4) {
            frame.put((byte) 0x45).position(14 + 9).put((byte) protocol).position(14 + 12);
        } else {
            frame.put((byte) 0x60).position(14 + 6).put((byte) protocol).position(14 + 8);
        }
        frame.put(source).put(destination).putShort((short) 40_000).putShort((short) 30_080);
        frame.put(frame.position() + 9, (byte) flags);
        return frame.rewind();
    }
}
