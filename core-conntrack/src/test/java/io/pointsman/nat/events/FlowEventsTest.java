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
import io.pointsman.spi.FlowChange;
import io.pointsman.spi.FlowWatch;
import io.pointsman.testing.Packets;
import java.time.Duration;
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

    @Test
    void shouldNameTheWholeFlowOfEitherFamilyInAReusedEvent() {
        final String wideVip = "fd00:10:96::53";
        final Rule wide = rule(Protocol.UDP, wideVip, 53).to(endpoint("fd00:10:180:1::88", 65_353));
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(100).eventRingSize(1).build(), DNS, wide)) {
            final NatWorker worker = engine.newWorker();
            final List<String> flows = new ArrayList<>();
            engine.pollEvents(_ -> {}, 1);
            for (int client = 40_001; client <= 40_004; client++) {
                final byte[] packet = client % 2 == 0
                        ? Packets.udp("10.180.1.7", client, VIP, 53, new byte[1])
                        : Packets.udp("fd00:10:180:1::7", client, wideVip, 53, new byte[1]);
                worker.process(Packets.lend(packet), 0, packet.length, InputInterface.NONE, client);
                engine.pollEvents(
                        event -> flows.add(event.protocol() + " " + event.source() + " " + event.sourcePort() + ", "
                                + event.destination() + " " + event.destinationPort() + ", " + event.endpoint() + " "
                                + event.endpointPort() + "; " + Long.toHexString(event.destinationHigh())),
                        1);
            }
            assertThat(flows)
                    .containsExactly(
                            "17 fd00:10:180:1::7 40001, fd00:10:96::53 53, fd00:10:180:1::88 65353; fd00001000960000",
                            "17 10.180.1.7 40002, 10.0.170.92 53, 10.180.1.136 5353; 0",
                            "17 fd00:10:180:1::7 40003, fd00:10:96::53 53, fd00:10:180:1::88 65353; fd00001000960000",
                            "17 10.180.1.7 40004, 10.0.170.92 53, 10.180.1.136 5353; 0");
        }
    }

    @Test
    void shouldPassTheLatestOnesAndSkipThoseBefore() throws Exception {
        try (NatEngine engine = Plans.engine(
                        EngineConfig.builder().capacity(100).eventRingSize(16).build(), DNS);
                FlowWatch watch = engine.watchFlows().orElseThrow()) {
            final NatWorker worker = engine.newWorker();
            final List<Integer> clients = new ArrayList<>();
            for (int client = 1; client <= 10; client++) {
                open(worker, client);
            }
            assertThat(watch.latest(
                            Duration.ofSeconds(30),
                            3,
                            change -> clients.add(change.flow().original().sourcePort())))
                    .isEqualTo(7);
            assertThat(clients).containsExactly(8, 9, 10);
            open(worker, 11);
            assertThat(watch.latest(
                            Duration.ZERO,
                            3,
                            change -> clients.add(change.flow().original().sourcePort())))
                    .isZero();
            assertThat(clients).containsExactly(8, 9, 10, 11);
            assertThat(watch.losses()).isZero();
        }
    }

    @Test
    void shouldTellOneWatcherAtATimeWhatHappensFromThenOn() throws Exception {
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(100).eventRingSize(8).build(), DNS)) {
            final NatWorker worker = engine.newWorker();
            final List<FlowChange> changes = new ArrayList<>();
            try (FlowWatch watch = engine.watchFlows().orElseThrow()) {
                assertThat(engine.watchFlows()).as("there is one ring").isEmpty();
                for (int client = 1; client <= 9; client++) {
                    open(worker, client);
                }
                watch.next(Duration.ofSeconds(30), changes::add);
                assertThat(changes).hasSize(8).allSatisfy(change -> assertThat(change.kind())
                        .isEqualTo(FlowChange.Kind.NEW));
                assertThat(changes.getFirst().flow()).satisfies(flow -> {
                    assertThat(flow.original()).hasToString("UDP 10.180.1.7:1 -> " + VIP + ":53");
                    assertThat(flow.reply().source()).hasToString("10.180.1.136");
                    assertThat(flow.owner()).contains(DNS.owner());
                });
                assertThat(watch.losses()).isEqualTo(1);
                open(worker, 20);
            }
            open(worker, 21);
            assertThat(engine.eventsLost()).as("nobody reads, so none is kept").isEqualTo(1);

            changes.clear();
            try (FlowWatch watch = engine.watchFlows().orElseThrow()) {
                open(worker, 22);
                watch.next(Duration.ofSeconds(30), changes::add);
                assertThat(changes)
                        .extracting(change -> change.flow().original().sourcePort())
                        .containsExactly(22);
                assertThat(watch.losses()).isZero();
            }
        }
    }
}
