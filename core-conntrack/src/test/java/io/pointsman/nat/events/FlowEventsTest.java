package io.pointsman.nat.events;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.Protocol;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.InputInterface;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.NatWorker;
import io.pointsman.nat.Plans;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.Rule;
import io.pointsman.testing.Packets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlowEventsTest {
    private static final String VIP = "10.0.170.92";
    private static final Rule DNS = rule(Protocol.UDP, VIP, 53).to(endpoint("10.180.1.136", 5353));

    private static void open(NatWorker worker, int client) {
        final byte[] packet = Packets.udp("10.180.1.7", client, VIP, 53, new byte[1]);
        assertThat(worker.process(Packets.lend(packet), 0, packet.length, InputInterface.NONE, client))
                .isEqualTo(Verdict.FORWARD);
    }

    @Test
    void shouldLoseAndCountEventsRatherThanWaitWhenNobodyReadsOn() {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(100).eventRingSize(8).build(), DNS)) {
            final NatWorker worker = engine.newWorker();
            open(worker, 1);
            assertThat(engine.eventsLost())
                    .as("nobody has asked for events yet")
                    .isZero();
            engine.pollEvents(_ -> {}, 1);
            for (int client = 2; client <= 21; client++) {
                open(worker, client);
            }
            assertThat(engine.eventsLost()).isEqualTo(12);
            final List<Integer> clients = new ArrayList<>();
            assertThat(engine.pollEvents(event -> clients.add(event.sourcePort()), 5))
                    .isEqualTo(5);
            engine.pollEvents(event -> clients.add(event.sourcePort()), 100);
            assertThat(clients).containsExactly(2, 3, 4, 5, 6, 7, 8, 9);
            open(worker, 50);
            engine.pollEvents(event -> clients.add(event.sourcePort()), 100);
            assertThat(clients).endsWith(50);
            assertThat(engine.eventsLost()).isEqualTo(12);
        }
    }
}
