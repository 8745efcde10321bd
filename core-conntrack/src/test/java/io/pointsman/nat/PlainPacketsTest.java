package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.conntrack.Timeouts;
import io.pointsman.nat.counters.CounterLayout;
import io.pointsman.packet.Checksums;
import io.pointsman.packet.PacketKind;
import io.pointsman.packet.PacketView;
import io.pointsman.packet.RawMemory;
import io.pointsman.testing.Packets;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every packet that the fast path takes is valid to the parser, too, and has the same tuple there. */
class PlainPacketsTest {
    private static final int PACKETS = 200_000;
    private static final int HEADERS = 64;
    private static final FlowTracker TRACKER = new FlowTracker(Timeouts.DEFAULT, true, true);

    private final Random random = new Random(11);

    private byte[] brokenPacket(String client, String vip) {
        final byte[] packet = random.nextBoolean()
                ? Packets.tcp(client, 4711, vip, 80, Packets.SYN)
                : Packets.udp(client, 4711, vip, 53, new byte[random.nextInt(30)]);
        for (int i = random.nextInt(4); i > 0; i--) {
            packet[random.nextInt(Math.min(HEADERS, packet.length))] = (byte) random.nextInt();
        }
        return packet;
    }

    @ParameterizedTest
    @CsvSource({"10.180.2.1, 10.0.0.1", "fd00:10:180::1, fd00:10::1"})
    void shouldBePlainOnlyWhereTheParserFindsATransport(String client, String vip) {
        final boolean isIpv6 = client.contains(":");
        int plain = 0;
        try (FlowTable table = new FlowTable(1, isIpv6, 1, (_, _, _, _) -> {});
                Arena arena = Arena.ofConfined()) {
            final PlainPackets packets = isIpv6 ? new PlainIpv6(table, TRACKER) : new PlainIpv4(table, TRACKER);
            final MemorySegment memory = arena.allocate(128, 8);
            final PacketView view = new PacketView();
            final FlowKey key = new FlowKey();
            for (int i = 0; i < PACKETS; i++) {
                final byte[] packet = brokenPacket(client, vip);
                MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, 0, packet.length);
                final int available = packet.length - random.nextInt(2) * random.nextInt(packet.length);
                final long hash = packets.hash(memory.address(), available);
                if (hash != PlainPackets.NOT_PLAIN) {
                    plain++;
                    assertThat(view.wrap(memory.address(), available)).isEqualTo(PacketKind.TRANSPORT);
                    assertThat(view.isIpv4()).isEqualTo(!isIpv6);
                    assertThat(view.isFirstFragment()).isFalse();
                    assertThat(hash).isEqualTo(table.hash(key.of(view)));
                }
            }
        }
        assertThat(plain).isBetween(PACKETS / 20, PACKETS * 9 / 10);
    }

    @Test
    void shouldMendChecksumsAsEachProtocolDoes() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment header = arena.allocate(PlainPackets.SHORTEST_TRANSPORT, 8);
            for (int delta : new int[] {0, 1, 0x1234, 0xFFFE, 0xFFFF}) {
                for (int old = 0; old <= 0xFFFF; old++) {
                    assertThat(mended(header, PlainPackets.TCP, PlainPackets.TCP_CHECKSUM, old, delta))
                            .isEqualTo(Checksums.update(old, delta));
                    assertThat(mended(header, PlainPackets.UDP, PlainPackets.UDP_CHECKSUM, old, delta))
                            .isEqualTo(old == 0 ? 0 : Checksums.updateUdp(old, delta));
                }
            }
        }
    }

    private static int mended(MemorySegment header, int protocol, int offset, int old, int delta) {
        RawMemory.setShort(header.address() + offset, old);
        PlainPackets.updateTransport(header.address(), PlainPackets.udpMask(protocol), delta);
        return RawMemory.getShort(header.address() + offset);
    }

    @Test
    void shouldCountWhatOnlyTheGeneralPathTakes() {
        final byte[] plain = Packets.tcp("10.180.2.1", 4711, "10.0.0.1", 80, Packets.SYN);
        final byte[] widePlain = Packets.tcp("2001:db8:180::1", 4711, "2001:db8::1", 80, Packets.SYN);
        final byte[] fragment = plain.clone();
        fragment[6] = 0x20; // more fragments
        final byte[] wideExtended = widePlain.clone();
        wideExtended[6] = 60; // destination options
        try (NatEngine engine = NatEngine.create(EngineConfig.DEFAULT)) {
            final NatWorker worker = engine.newWorker();
            final PacketBatch batch = new PacketBatch();
            for (byte[] packet : List.of(plain, fragment, widePlain, wideExtended, wideExtended)) {
                final MemorySegment memory = Packets.lend(packet);
                worker.process(memory, 0, packet.length, InputInterface.NONE, 1);
                batch.add(memory, 0, packet.length);
            }
            worker.process(batch, InputInterface.NONE, 1);
            assertThat(engine.total(CounterLayout.Total.UNCOMMON_IPV4)).isEqualTo(2);
            assertThat(engine.total(CounterLayout.Total.UNCOMMON_IPV6)).isEqualTo(4);
        }
    }
}
