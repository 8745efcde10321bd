package io.pointsman.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacketBuilderTest {
    private static final byte[] TEXT = "123456789".getBytes(StandardCharsets.US_ASCII);

    @Test
    void shouldComputeThePublishedCheckValueWhenSummingTheStandardText() {
        // 0xE3069283 is CRC-32C's check value; SCTP stores it byte-swapped.
        assertThat(SlowChecksum.crc32c(TEXT, 0, TEXT.length)).isEqualTo(Integer.reverseBytes(0xE306_9283));
    }

    @Test
    void shouldComputeTheSumOfRfc1071WhenSummingItsExample() {
        final byte[] example = HexFormat.of().parseHex("0001f203f4f5f6f7");
        assertThat(SlowChecksum.internet(example, 0, example.length)).isEqualTo(~0xDDF2 & 0xFFFF);
    }

    @Test
    void shouldBuildTheKnownBytesWhenThePacketIsPlainIpv4() {
        final byte[] packet = PacketBuilder.ip("198.51.100.79", "10.0.170.92")
                .udp(40000, 53)
                .payload(TEXT)
                .build();
        assertThat(HexFormat.of().formatHex(packet, 0, 28))
                .startsWith("45000025123440004011")
                .contains("c633644f0a00aa5c9c4000350011");
    }

    @Test
    void shouldFindNothingWrongWhenThePacketIsAsBuilt() {
        final byte[] quoted = PacketBuilder.ip("10.0.0.1", "10.0.0.2")
                .tcp(1, 2, PacketBuilder.SYN)
                .build();
        final byte[] quoted6 = PacketBuilder.ip("fd00::1", "fd00::2")
                .extension(60, 1)
                .udp(1, 2)
                .payload(TEXT)
                .build();
        final List<byte[]> packets = List.of(
                PacketBuilder.ip("10.0.0.1", "10.0.0.2")
                        .ipv4Options((byte) 1, (byte) 1, (byte) 1, (byte) 1)
                        .tcp(1, 2, PacketBuilder.ACK)
                        .payload(TEXT)
                        .build(),
                PacketBuilder.ip("10.0.0.1", "10.0.0.2")
                        .udp(1, 2)
                        .withoutUdpChecksum()
                        .build(),
                PacketBuilder.ip("fd00::1", "fd00::2")
                        .extension(0, 2)
                        .extension(60, 1)
                        .sctp(1, 2, 1)
                        .build(),
                PacketBuilder.ip("fd00::1", "fd00::2").echo(true, 7, 1).build(),
                PacketBuilder.ip("fd00::1", "fd00::2")
                        .fragment(1480, false)
                        .udp(1, 2)
                        .payload(TEXT)
                        .build(),
                PacketBuilder.ip("10.0.0.2", "10.0.0.1")
                        .icmpError(3, 3, 0, quoted, 28)
                        .build(),
                PacketBuilder.ip("fd00::2", "fd00::1")
                        .icmpError(1, 4, 0, quoted6, 1000)
                        .build());
        assertThat(packets).allSatisfy(packet -> assertThat(ChecksumVerifier.problems(packet))
                .isEmpty());
    }

    @Test
    void shouldNameTheChecksumWhenOneBitIsFlipped() {
        final byte[] quoted =
                PacketBuilder.ip("10.0.0.1", "10.0.0.2").udp(1, 2).payload(TEXT).build();
        final byte[] packet = PacketBuilder.ip("10.0.0.2", "10.0.0.1")
                .icmpError(3, 3, 0, quoted, 1000)
                .build();
        packet[28 + 21] ^= 1; // a port inside the quoted packet
        assertThat(ChecksumVerifier.problems(packet)).containsExactly("ICMP checksum", "quoted UDP checksum");
        packet[12] ^= 1;
        assertThat(ChecksumVerifier.problems(packet)).contains("IPv4 header checksum");
    }
}
