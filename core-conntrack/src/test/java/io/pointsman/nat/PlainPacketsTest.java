package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.conntrack.FlowTable;
import io.pointsman.packet.PacketKind;
import io.pointsman.packet.PacketView;
import io.pointsman.testing.Packets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the short way takes for a plain packet is one to the parser, too, and has the same tuple. */
class PlainPacketsTest {
    private static final int PACKETS = 200_000;
    private static final int HEADERS = 44;

    private final Random random = new Random(11);

    private byte[] brokenPacket() {
        final byte[] packet = random.nextBoolean()
                ? Packets.tcp("10.180.2.1", 4711, "10.0.0.1", 80, Packets.SYN)
                : Packets.udp("10.180.2.1", 4711, "10.0.0.1", 53, new byte[random.nextInt(30)]);
        for (int i = random.nextInt(4); i > 0; i--) {
            packet[random.nextInt(Math.min(HEADERS, packet.length))] = (byte) random.nextInt();
        }
        return packet;
    }

    @Test
    void shouldBePlainOnlyWhereTheParserFindsATransport() {
        int plain = 0;
        try (FlowTable table = new FlowTable(1, false, 1, (_, _, _, _) -> {});
                Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocate(128, 8);
            final PacketView view = new PacketView();
            for (int i = 0; i < PACKETS; i++) {
                final byte[] packet = brokenPacket();
                MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, 0, packet.length);
                final int available = packet.length - random.nextInt(2) * random.nextInt(packet.length);
                final long hash = PlainPackets.hash(table, memory.address(), available);
                if (hash != PlainPackets.NOT_PLAIN) {
                    plain++;
                    assertThat(view.wrap(memory.address(), available)).isEqualTo(PacketKind.TRANSPORT);
                    assertThat(view.isIpv4()).isTrue();
                    assertThat(hash).isEqualTo(table.hash(view.addresses(), view.ports(), view.protocol()));
                }
            }
        }
        assertThat(plain).isBetween(PACKETS / 10, PACKETS * 9 / 10);
    }
}
