package io.pointsman.nat;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.rule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.nat.counters.CounterFile;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.testing.Packets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineAgentTest {
    private static final String VIP = "10.0.170.92";
    private static final Rule DNS = rule(Protocol.UDP, VIP, 53).to(endpoint("10.180.1.136", 5353));
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    Path folder;

    private long now = -5 * SECOND; // as System.nanoTime may begin

    private static PlanDelta from(long version, ForwardingPlan to) {
        return new PlanDelta(
                version,
                to.version(),
                List.of(),
                List.of(),
                Set.of(PlanDelta.Part.NODE_FACTS, PlanDelta.Part.HEALTH_CHECKS));
    }

    private Verdict open(NatWorker worker, int client) {
        final byte[] packet = Packets.udp("10.180.1.7", client, VIP, 53, new byte[1]);
        return worker.process(Packets.lend(packet), 0, packet.length, InputInterface.NONE, now);
    }

    @Test
    void shouldCarryOutCommandsOfOtherThreadsInTheirOrder() throws InterruptedException {
        try (NatEngine engine =
                NatEngine.create(EngineConfig.builder().capacity(10).build())) {
            final NatWorker worker = engine.newWorker();
            final EngineAgent agent = new EngineAgent(engine, () -> now);
            final Thread sender = Thread.startVirtualThread(() -> {
                agent.apply(Plans.plan(1), from(0, Plans.plan(1)));
                agent.apply(Plans.plan(2, DNS), from(7, Plans.plan(2, DNS))); // does not fit: the plan counts
                agent.setMaxFlows(IpFamily.IPV4, 1);
            });
            sender.join();
            assertThat(open(worker, 1)).isEqualTo(Verdict.PASS);
            assertThat(agent.doWork()).isEqualTo(3);
            open(worker, 1);
            assertThat(open(worker, 2)).isEqualTo(Verdict.FORWARD);
            assertThat(engine.trackedFlows()).isEqualTo(1);
            agent.setMaxFlows(IpFamily.IPV4, 11);
            assertThatIllegalArgumentException().isThrownBy(agent::doWork);
            assertThat(agent.doWork()).isZero();
        }
    }

    @Test
    void shouldRefuseCommandsRatherThanWaitWhenTooManyWait() {
        try (NatEngine engine =
                NatEngine.create(EngineConfig.builder().capacity(10).build())) {
            final EngineAgent agent = new EngineAgent(engine, () -> now);
            for (int i = 0; i < EngineAgent.QUEUE_SIZE; i++) {
                assertThat(agent.setMaxFlows(IpFamily.IPV4, 1)).isTrue();
            }
            assertThat(agent.setMaxFlows(IpFamily.IPV4, 1)).isFalse();
            agent.doWork();
            assertThat(agent.setMaxFlows(IpFamily.IPV4, 1)).isTrue();
        }
    }

    @Test
    void shouldEndFlowsAndPublishCountersAsTimeGoesBy() throws Exception {
        final Path file = folder.resolve("counters");
        try (NatEngine engine = Plans.engine(
                EngineConfig.builder().capacity(5_000).countersFile(file).build(), DNS)) {
            final NatWorker worker = engine.newWorker();
            final EngineAgent agent = new EngineAgent(engine, () -> now);
            for (int client = 1; client <= 3_000; client++) {
                open(worker, client);
            }
            for (int i = 0; i < 20; i++) {
                now += SECOND;
                agent.doWork();
            }
            assertThat(engine.trackedFlows()).isEqualTo(3_000);
            now += 12 * SECOND;
            for (int i = 0; i < 200; i++) {
                now += SECOND / 100;
                agent.doWork();
            }
            assertThat(engine.trackedFlows()).isZero();
            try (CounterFile counters = CounterFile.open(file)) {
                assertThat(counters.read())
                        .contains(
                                new CounterFile.Counter("flows.opened", 3_000),
                                new CounterFile.Counter("flows.ended", 3_000));
            }
        }
    }
}
