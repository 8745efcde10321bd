package io.pointsman.nat;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.rule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Rule;
import io.pointsman.testing.Packets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The limit of flows, changed while packets are processed. */
class EngineResizeTest {
    private static final String VIP = "10.0.170.92";
    private static final Rule DNS = rule(Protocol.UDP, VIP, 53).to(endpoint("10.180.1.136", 5353));

    private final NatEngine engine =
            Plans.engine(EngineConfig.builder().capacity(100).build(), DNS);
    private final NatWorker worker = engine.newWorker();

    @AfterEach
    void close() {
        engine.close();
    }

    private Verdict send(String from, int sourcePort, String to, int port) {
        final byte[] packet = Packets.udp(from, sourcePort, to, port, new byte[1]);
        return worker.process(Packets.lend(packet), 0, packet.length, InputInterface.NONE, 0);
    }

    private Verdict open(int client) {
        return send("10.180.1.7", client, VIP, 53);
    }

    private void answer(int client) {
        assertThat(send("10.180.1.136", 5353, "10.180.1.7", client)).isEqualTo(Verdict.FORWARD);
    }

    @Test
    void shouldRefuseNewFlowsAndKeepAnsweredOnesWhenTheLimitIsLowered() {
        for (int client = 1; client <= 20; client++) {
            open(client);
            answer(client);
        }
        engine.setMaxFlows(IpFamily.IPV4, 10);
        assertThat(open(21)).isEqualTo(Verdict.DROP);
        assertThat(worker.reason()).isEqualTo(Reason.TABLE_FULL);
        for (int client = 1; client <= 20; client++) {
            answer(client);
        }
        engine.setMaxFlows(IpFamily.IPV4, 21);
        assertThat(open(21)).isEqualTo(Verdict.FORWARD);
        assertThat(EngineInvariants.problems(engine)).isEmpty();
    }

    @Test
    void shouldShrinkToTheLimitWithNewFlowsWhenOldOnesAreUnanswered() {
        for (int client = 1; client <= 50; client++) {
            open(client);
        }
        engine.setMaxFlows(IpFamily.IPV4, 10);
        for (int client = 101; client <= 160; client++) {
            assertThat(open(client)).isEqualTo(Verdict.FORWARD);
        }
        assertThat(engine.trackedFlows()).isEqualTo(10);
        assertThat(EngineInvariants.problems(engine)).isEmpty();
    }

    @Test
    void shouldSayWhatItWasMadeForWhenTheTableWouldHaveToGrow() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> engine.setMaxFlows(IpFamily.IPV6, 101))
                .withMessage("a limit of 101 flows is not in 1..100, the table's fixed capacity; a larger table needs"
                        + " a new engine");
        assertThatIllegalArgumentException().isThrownBy(() -> engine.setMaxFlows(IpFamily.IPV4, 0));
        assertThat(open(1)).isEqualTo(Verdict.FORWARD);
    }

    private Verdict connect(int port) {
        final ConnectDecision decision =
                engine.connect(Protocol.UDP, IpAddress.parse("198.51.100.79"), port, IpAddress.parse(VIP), 53, 0);
        return switch (decision) {
            case ConnectDecision.Forward _ -> Verdict.FORWARD;
            case ConnectDecision.Refused refused -> refused.verdict();
        };
    }

    @Test
    void shouldLimitConnectionsOfSocketBackends() {
        engine.setMaxConnections(2);
        assertThat(connect(1)).isEqualTo(Verdict.FORWARD);
        assertThat(connect(2)).isEqualTo(Verdict.FORWARD);
        assertThat(connect(3)).isEqualTo(Verdict.DROP);
        engine.setMaxConnections(1_000);
        assertThat(connect(3)).isEqualTo(Verdict.FORWARD);
    }

    /** Threads reserve room for several flows at once in a table of this size. */
    @Test
    void shouldCountAndLimitFlowsExactlyWhenWorkersHoldRoomForTheirNext() {
        try (NatEngine large =
                Plans.engine(EngineConfig.builder().capacity(100_000).build(), DNS)) {
            final NatWorker one = large.newWorker();
            final NatWorker other = large.newWorker();
            for (int client = 1; client <= 20; client++) {
                openAndAnswer(client % 2 == 0 ? one : other, client);
            }
            assertThat(large.trackedFlows()).isEqualTo(20);
            assertThat(EngineInvariants.problems(large)).isEmpty();
            large.setMaxFlows(IpFamily.IPV4, 20);
            assertThat(openBy(one, 21)).isEqualTo(Verdict.DROP);
            assertThat(one.reason()).isEqualTo(Reason.TABLE_FULL);
            assertThat(openBy(other, 22)).isEqualTo(Verdict.DROP);
            large.setMaxFlows(IpFamily.IPV4, 21);
            assertThat(openBy(other, 22)).isEqualTo(Verdict.FORWARD);
            assertThat(large.trackedFlows()).isEqualTo(21);
            assertThat(EngineInvariants.problems(large)).isEmpty();
        }
    }

    private static Verdict openBy(NatWorker worker, int client) {
        final byte[] packet = Packets.udp("10.180.1.7", client, VIP, 53, new byte[1]);
        return worker.process(Packets.lend(packet), 0, packet.length, InputInterface.NONE, 0);
    }

    private static void openAndAnswer(NatWorker worker, int client) {
        assertThat(openBy(worker, client)).isEqualTo(Verdict.FORWARD);
        final byte[] answer = Packets.udp("10.180.1.136", 5353, "10.180.1.7", client, new byte[1]);
        assertThat(worker.process(Packets.lend(answer), 0, answer.length, InputInterface.NONE, 0))
                .isEqualTo(Verdict.FORWARD);
    }
}
