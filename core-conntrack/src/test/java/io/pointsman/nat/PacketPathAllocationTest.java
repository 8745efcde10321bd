package io.pointsman.nat;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pointsman.model.Protocol;
import io.pointsman.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Once compiled, no packet allocates, whether of a new flow or of a known one, in a batch or by itself. Before that, the
 * interpreter's calls of native functions do. So the test requires that there are rounds without an allocation; an
 * allocation on the path would be in every round.
 */
class PacketPathAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int FLOWS = 1024;
    private static final int MAX_ROUNDS = 5_000;
    private static final long ROUND_NANOS = Duration.ofDays(1).toNanos();

    /** Families of the packets. */
    enum Families {
        IPV4,
        IPV6,
        MIXED;

        boolean isIpv6(int flow) {
            return this == IPV6 || (this == MIXED && flow % 3 == 0);
        }
    }

    private static byte[] packet(Families families, int flow) {
        final boolean isIpv6 = families.isIpv6(flow);
        final String client = (isIpv6 ? "2001:db8:180:2::" : "10.180.2.") + (1 + flow % 32);
        return Packets.udp(client, 1024 + flow / 32, isIpv6 ? "2001:db8::1" : "10.0.0.1", 53, new byte[32]);
    }

    /** Packets of all flows, written again before each time that they are sent. */
    private static final class Sender {
        private final NatWorker worker;
        private final PacketBatch batch = new PacketBatch();
        private final MemorySegment[] originals = new MemorySegment[FLOWS];
        private final MemorySegment[] packets = new MemorySegment[FLOWS];

        Sender(NatEngine engine, Families families) {
            worker = engine.newWorker();
            for (int flow = 0; flow < FLOWS; flow++) {
                originals[flow] = Packets.lend(packet(families, flow));
                packets[flow] = Packets.lend(packet(families, flow));
            }
        }

        /** Returns the number of packets with this reason. */
        long send(Reason expected, long nowNanos) {
            final long before = worker.packets(expected);
            for (int flow = 0; flow < FLOWS; flow++) {
                packets[flow].copyFrom(originals[flow]);
            }
            for (int from = 0; from < FLOWS / 2; from += batch.capacity()) {
                batch.clear();
                for (int flow = from; flow < from + batch.capacity(); flow++) {
                    batch.add(packets[flow], 0, (int) packets[flow].byteSize());
                }
                worker.process(batch, InputInterface.NONE, nowNanos);
            }
            for (int flow = FLOWS / 2; flow < FLOWS; flow++) {
                worker.process(packets[flow], 0, (int) packets[flow].byteSize(), InputInterface.NONE, nowNanos);
            }
            return worker.packets(expected) - before;
        }
    }

    @ParameterizedTest
    @EnumSource(Families.class)
    void shouldAllocateNothingForPacketsOf(Families families) {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(FLOWS).build(),
                Plans.rule(Protocol.UDP, "10.0.0.1", 53).to(Plans.weighted("10.180.1.100", 53, 1)),
                Plans.rule(Protocol.UDP, "2001:db8::1", 53).to(Plans.weighted("2001:db8:180:1::100", 53, 1)))) {
            final Sender sender = new Sender(engine, families);
            long allocated = -1;
            for (int round = 1; round <= MAX_ROUNDS && allocated != 0; round++) {
                final long now = round * ROUND_NANOS;
                engine.sweep(Integer.MAX_VALUE, now);
                final long before = THREADS.getCurrentThreadAllocatedBytes();
                final long opened = sender.send(Reason.NEW_FLOW, now);
                final long known = sender.send(Reason.ESTABLISHED, now);
                allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
                assertThat(opened).isEqualTo(FLOWS);
                assertThat(known).isEqualTo(FLOWS);
            }
            assertThat(allocated).as("bytes in the last round").isZero();
        }
    }
}
