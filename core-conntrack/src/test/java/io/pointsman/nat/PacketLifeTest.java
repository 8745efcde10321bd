package io.pointsman.nat;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.rule;
import static io.pointsman.testing.Packets.ACK;
import static io.pointsman.testing.Packets.FIN;
import static io.pointsman.testing.Packets.RST;
import static io.pointsman.testing.Packets.SYN;
import static io.pointsman.testing.Packets.tcp;
import static io.pointsman.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.nat.events.FlowEvent;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import io.pointsman.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The life of flows: how they begin, continue and end. */
class PacketLifeTest {
    private static final String POD = "10.180.1.7";
    private static final String OUTSIDER = "198.51.100.79";
    private static final String VIP = "10.0.170.92";
    private static final String ENDPOINT = "10.180.1.136";
    private static final long SECOND = 1_000_000_000L;
    private static final Rule WEB = rule(Protocol.TCP, VIP, 80).to(endpoint(ENDPOINT, 8080));
    private static final Rule DNS = rule(Protocol.UDP, VIP, 53).to(endpoint(ENDPOINT, 5353));

    private static Verdict process(NatWorker worker, byte[] packet, long nowNanos) {
        final MemorySegment memory = Packets.lend(packet);
        return worker.process(memory, 0, packet.length, InputInterface.NONE, nowNanos);
    }

    private static String state(NatEngine engine, long nowNanos) {
        return engine.flows(nowNanos).map(FlowRecord::state).toList().toString();
    }

    @Test
    void shouldFollowATcpConnectionThroughItsStatesUntilItsTupleIsUsedAnew() {
        try (NatEngine engine =
                Plans.engine(EngineConfig.builder().capacity(100).build(), WEB)) {
            final NatWorker worker = engine.newWorker();
            final int[] flags = {SYN, ACK, FIN | ACK, ACK, ACK, SYN};
            final boolean[] fromClient = {true, true, true, false, true, true};
            final String[] states = {"SYN_SENT", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "TIME_WAIT", "SYN_SENT"};
            process(worker, tcp(POD, 40000, VIP, 80, SYN), 0);
            for (int i = 0; i < flags.length; i++) {
                if (i == 1) {
                    process(worker, tcp(ENDPOINT, 8080, POD, 40000, SYN | ACK), 0);
                    assertThat(state(engine, 0)).isEqualTo("[SYN_RECV]");
                }
                if (i == 4) {
                    process(worker, tcp(ENDPOINT, 8080, POD, 40000, FIN | ACK), 0);
                    assertThat(state(engine, 0)).isEqualTo("[LAST_ACK]");
                }
                final byte[] packet =
                        fromClient[i] ? tcp(POD, 40000, VIP, 80, flags[i]) : tcp(ENDPOINT, 8080, POD, 40000, flags[i]);
                assertThat(process(worker, packet, 0)).isEqualTo(Verdict.FORWARD);
                assertThat(state(engine, 0)).isEqualTo("[" + states[i] + "]");
            }
            assertThat(engine.trackedFlows()).isEqualTo(1);
        }
    }

    @Test
    void shouldCallSegmentsInvalidThatCanNotBelong() {
        try (NatEngine engine =
                Plans.engine(EngineConfig.builder().capacity(100).build(), WEB)) {
            final NatWorker worker = engine.newWorker();
            assertThat(process(worker, tcp(POD, 1, VIP, 80, FIN | ACK), 0)).isEqualTo(Verdict.INVALID);
            assertThat(worker.reason()).isEqualTo(Reason.NOT_A_START);
            process(worker, tcp(POD, 1, VIP, 80, SYN), 0);
            assertThat(process(worker, tcp(POD, 1, VIP, 80, ACK), 0)).isEqualTo(Verdict.INVALID);
            assertThat(process(worker, tcp(POD, 1, VIP, 80, SYN | FIN), 0)).isEqualTo(Verdict.INVALID);
            assertThat(worker.reason()).isEqualTo(Reason.TCP_STATE);
        }
    }

    @Test
    void shouldForgetAConnectionThatTheEndpointRefused() {
        try (NatEngine engine =
                Plans.engine(EngineConfig.builder().capacity(100).build(), WEB)) {
            final NatWorker worker = engine.newWorker();
            process(worker, tcp(POD, 1, VIP, 80, SYN), 0);
            assertThat(process(worker, tcp(ENDPOINT, 8080, POD, 1, RST | ACK), 0))
                    .isEqualTo(Verdict.FORWARD);
            assertThat(engine.trackedFlows()).isZero();
        }
    }

    @Test
    void shouldKeepUdpThirtySecondsUnansweredAndTwoMinutesAnswered() {
        try (NatEngine engine =
                Plans.engine(EngineConfig.builder().capacity(100).build(), DNS)) {
            final NatWorker worker = engine.newWorker();
            process(worker, udp(POD, 1, VIP, 53, new byte[1]), 0);
            assertThat(state(engine, 29 * SECOND)).isEqualTo("[UNREPLIED]");
            assertThat(state(engine, 31 * SECOND)).isEqualTo("[]");
            process(worker, udp(ENDPOINT, 5353, POD, 1, new byte[1]), 29 * SECOND);
            assertThat(state(engine, 148 * SECOND)).isEqualTo("[ESTABLISHED]");
            assertThat(engine.sweep(1 << 20, 148 * SECOND)).isZero();
            assertThat(engine.sweep(1 << 20, 150 * SECOND)).isEqualTo(1);
            assertThat(engine.trackedFlows()).isZero();
        }
    }

    @Test
    void shouldDropAnUnansweredFlowForANewOneButNoAnsweredWhenFull() {
        try (NatEngine engine = Plans.engine(EngineConfig.builder().capacity(1).build(), DNS)) {
            final List<FlowEvent.Type> events = new ArrayList<>();
            engine.pollEvents(event -> events.add(event.type()), 1);
            final NatWorker worker = engine.newWorker();
            assertThat(process(worker, udp(POD, 1, VIP, 53, new byte[1]), 0)).isEqualTo(Verdict.FORWARD);
            assertThat(process(worker, udp(POD, 2, VIP, 53, new byte[1]), 0)).isEqualTo(Verdict.FORWARD);
            process(worker, udp(ENDPOINT, 5353, POD, 2, new byte[1]), 0);
            assertThat(process(worker, udp(POD, 3, VIP, 53, new byte[1]), 0)).isEqualTo(Verdict.DROP);
            assertThat(worker.reason()).isEqualTo(Reason.TABLE_FULL);
            assertThat(process(worker, udp(POD, 3, VIP, 53, new byte[1]), 200 * SECOND))
                    .isEqualTo(Verdict.FORWARD);
            engine.pollEvents(event -> events.add(event.type()), 100);
            assertThat(events)
                    .containsExactly(
                            FlowEvent.Type.NEW,
                            FlowEvent.Type.EARLY_DROP,
                            FlowEvent.Type.NEW,
                            FlowEvent.Type.ESTABLISHED,
                            FlowEvent.Type.TABLE_FULL,
                            FlowEvent.Type.DESTROY,
                            FlowEvent.Type.NEW);
        }
    }

    @Test
    void shouldTellTheFinalCountersWhenAFlowEnds() {
        try (NatEngine engine = Plans.engine(EngineConfig.builder().capacity(10).build(), DNS)) {
            engine.pollEvents(_ -> {}, 1);
            final NatWorker worker = engine.newWorker();
            process(worker, udp(POD, 1, VIP, 53, new byte[10]), 0);
            process(worker, udp(POD, 1, VIP, 53, new byte[10]), 0);
            process(worker, udp(ENDPOINT, 5353, POD, 1, new byte[100]), 0);
            engine.sweep(1 << 10, 500 * SECOND);
            final List<String> ends = new ArrayList<>();
            engine.pollEvents(
                    event -> {
                        if (event.type() == FlowEvent.Type.DESTROY) {
                            ends.add(event.source() + ">" + event.destination() + ">" + event.endpoint() + " "
                                    + event.packetsOut() + "/" + event.bytesOut() + " " + event.packetsBack() + "/"
                                    + event.bytesBack());
                        }
                    },
                    100);
            assertThat(ends).containsExactly(POD + ">" + VIP + ">" + ENDPOINT + " 2/76 1/128");
        }
    }

    @Test
    void shouldUseEverySourcePortOnceAndThenRefuse() {
        final EngineConfig config = EngineConfig.builder()
                .capacity(100)
                .snatPorts(new PortRange(2000, 2003), new PortRange(30000, 32767))
                .build();
        try (NatEngine engine = Plans.engine(config, WEB)) {
            final NatWorker worker = engine.newWorker();
            int forwarded = 0;
            for (int client = 1; client < 12; client++) {
                final Verdict verdict = process(worker, tcp("198.51.100." + client, 40000, VIP, 80, SYN), 0);
                forwarded += verdict == Verdict.FORWARD ? 1 : 0;
            }
            assertThat(forwarded).as("its own port once, and four more").isEqualTo(5);
            assertThat(worker.reason()).isEqualTo(Reason.SNAT_EXHAUSTED);
            assertThat(engine.trackedFlows()).isEqualTo(5);
        }
    }

    @Test
    void shouldAnswerARejectedConnectionWithAResetAndDatagramsWithPortUnreachable() {
        try (NatEngine engine = Plans.engine(EngineConfig.builder().capacity(10).build(), WEB)) {
            final NatWorker worker = engine.newWorker();
            assertThat(process(worker, tcp(OUTSIDER, 7, VIP, 81, SYN), 0)).isEqualTo(Verdict.REJECT);
            final byte[] reset = Packets.bytes(worker.answer());
            assertThat(Packets.problems(reset)).isEmpty();
            assertThat(Packets.tuple(reset)).isEqualTo("10.0.170.92:81 > 198.51.100.79:7");
            assertThat(reset[33]).isEqualTo((byte) (RST | ACK));
            final byte[] datagram = udp(OUTSIDER, 7, VIP, 81, new byte[2000]);
            assertThat(process(worker, datagram, 0)).isEqualTo(Verdict.REJECT);
            final byte[] unreachable = Packets.bytes(worker.answer());
            assertThat(Packets.problems(unreachable)).isEmpty();
            assertThat(unreachable).hasSize(576).startsWith(0x45).contains(3, org.assertj.core.data.Index.atIndex(20));
            assertThat(process(worker, tcp(OUTSIDER, 7, VIP, 81, RST), 0)).isEqualTo(Verdict.REJECT);
            assertThat(worker.answerLength()).as("a reset is not answered").isZero();
        }
    }
}
