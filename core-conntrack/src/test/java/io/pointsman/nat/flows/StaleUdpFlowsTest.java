package io.pointsman.nat.flows;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.nodePort;
import static io.pointsman.nat.Plans.rule;
import static io.pointsman.testing.Packets.ACK;
import static io.pointsman.testing.Packets.SYN;
import static io.pointsman.testing.Packets.tcp;
import static io.pointsman.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.EngineInvariants;
import io.pointsman.nat.InputInterface;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.NatWorker;
import io.pointsman.nat.Plans;
import io.pointsman.nat.Verdict;
import io.pointsman.nat.counters.CounterLayout;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** UDP flows whose endpoint is taken out of service, and flows that must not be affected. */
class StaleUdpFlowsTest {
    private static final String CLIENT = "10.180.1.7";
    private static final String VIP = "10.0.170.92";
    private static final String NODE = "10.240.0.4";
    private static final int NODE_PORT = 30053;
    private static final int ROUNDS = Integer.getInteger("pointsman.unserved.rounds", 2_000);
    private static final PoolEndpoint A = endpoint("10.180.1.1", 5353);
    private static final PoolEndpoint B = endpoint("10.180.1.2", 5353);

    private final NatEngine engine =
            NatEngine.create(EngineConfig.builder().capacity(100).build());
    private final NatWorker worker = engine.newWorker();
    private ForwardingPlan plan = ForwardingPlan.empty(Plans.FACTS);

    private static Rule dns(PoolEndpoint... endpoints) {
        return rule(Protocol.UDP, VIP, 53).to(endpoints);
    }

    private void install(Rule... rules) {
        final ForwardingPlan next = Plans.plan(plan.version() + 1, rules);
        Plans.apply(engine, plan, next);
        plan = next;
    }

    /** Sends from a port of the client. Returns where the packet went. */
    private String send(String client, int port, String to, int toPort) {
        return process(udp(client, port, to, toPort, new byte[1]));
    }

    private String process(byte[] packet) {
        final MemorySegment memory = Packets.lend(packet);
        assertThat(worker.process(memory, 0, packet.length, InputInterface.NONE, 0))
                .isEqualTo(Verdict.FORWARD);
        return Packets.destination(Packets.bytes(memory));
    }

    private List<String> opened() {
        return engine.flows(0)
                .map(flow ->
                        flow.original().destination() + " on " + flow.reply().source())
                .sorted()
                .toList();
    }

    @AfterEach
    void close() {
        assertThat(EngineInvariants.problems(engine)).isEmpty();
        engine.close();
    }

    @Test
    void shouldGoToAnotherEndpointWhenTheFlowsOwnIsGone() {
        install(dns(A));
        final String first = send(CLIENT, 1, VIP, 53);
        process(udp(A.address().toString(), 5353, CLIENT, 1, new byte[1]));
        install(dns(A, B));
        assertThat(send(CLIENT, 1, VIP, 53)).as("nothing was lost").isEqualTo(first);
        install(dns(B));
        assertThat(engine.trackedFlows()).isZero();
        assertThat(send(CLIENT, 1, VIP, 53)).isNotEqualTo(first);
        assertThat(opened()).containsExactly(VIP + " on 10.180.1.2");
    }

    @Test
    void shouldEndFlowsWhenAnEndpointComesBackOnAnotherPort() {
        install(dns(A));
        send(CLIENT, 1, VIP, 53);
        install(dns(endpoint("10.180.1.1", 5354)));
        assertThat(engine.trackedFlows()).isZero();
    }

    @Test
    void shouldKeepFlowsWhenTheirEndpointTerminatesButServes() {
        install(dns(A));
        final String first = send(CLIENT, 1, VIP, 53);
        install(rule(Protocol.UDP, VIP, 53).leaving(A).to(B));
        assertThat(send(CLIENT, 1, VIP, 53)).isEqualTo(first);
        assertThat(send(CLIENT, 2, VIP, 53)).isNotEqualTo(first);
        install(dns(B));
        assertThat(opened()).containsExactly(VIP + " on 10.180.1.2");
    }

    @Test
    void shouldEndFlowsToANodePortWhenTheirEndpointIsGone() {
        install(nodePort(Protocol.UDP, NODE_PORT).to(A), dns(A));
        send("198.51.100.79", 1, NODE, NODE_PORT);
        send(CLIENT, 1, VIP, 53);
        install(nodePort(Protocol.UDP, NODE_PORT).to(B), dns(A));
        assertThat(opened()).containsExactly(VIP + " on 10.180.1.1");
    }

    @Test
    void shouldJudgeByTheAddresssOwnRuleWhenThatTakesANodePortsPlace() {
        final Rule ofPort = nodePort(Protocol.UDP, NODE_PORT).to(A);
        final Rule ofAddress = rule(Protocol.UDP, NODE, NODE_PORT)
                .kind(FrontendKind.EXTERNAL_IP)
                .service("other")
                .to(B);
        install(ofPort);
        send(CLIENT, 1, NODE, NODE_PORT);
        install(ofPort, ofAddress);
        assertThat(engine.trackedFlows()).isZero();
        send(CLIENT, 1, NODE, NODE_PORT);
        install(ofAddress);
        assertThat(opened()).containsExactly(NODE + " on 10.180.1.2");
        install(ofPort);
        assertThat(engine.trackedFlows()).isZero();
    }

    @Test
    void shouldEndFlowsOfIpv6() {
        final String client = "2001:db8:180::7";
        final String vip = "2001:db8::92";
        final PoolEndpoint first = endpoint("2001:db8:180::1", 5353);
        final PoolEndpoint second = endpoint("2001:db8:180::2", 5353);
        install(
                rule(Protocol.UDP, vip, 53).to(first),
                new Plans.RuleSpec(Frontend.nodePort(Protocol.UDP, IpFamily.IPV6, NODE_PORT), FrontendKind.NODE_PORT)
                        .to(first),
                dns(A));
        send(client, 1, vip, 53);
        send(client, 2, Plans.NODE6.toString(), NODE_PORT);
        send(CLIENT, 1, VIP, 53);
        install(
                rule(Protocol.UDP, vip, 53).to(second),
                new Plans.RuleSpec(Frontend.nodePort(Protocol.UDP, IpFamily.IPV6, NODE_PORT), FrontendKind.NODE_PORT)
                        .to(second),
                dns(A));
        assertThat(opened()).containsExactly(VIP + " on 10.180.1.1");
    }

    @Test
    void shouldEndFlowsWhenTheServiceIsDeleted() {
        install(dns(A), nodePort(Protocol.UDP, NODE_PORT).to(A));
        send(CLIENT, 1, VIP, 53);
        send(CLIENT, 2, NODE, NODE_PORT);
        install();
        assertThat(engine.trackedFlows()).isZero();
    }

    @Test
    void shouldEndFlowsWhenTheDeltaDoesNotFit() {
        install(dns(A));
        send(CLIENT, 1, VIP, 53);
        engine.apply(Plans.plan(9, dns(B)), new PlanDelta(7, 9, List.of(), List.of(), Set.of()));
        assertThat(engine.trackedFlows()).isZero();
    }

    @Test
    void shouldLeaveTcpAndOtherServicesAlone() {
        final Rule web = rule(Protocol.TCP, VIP, 53).to(A);
        final Rule other =
                rule(Protocol.UDP, "10.0.170.93", 53).service("other").to(A);
        final Rule otherPort = rule(Protocol.UDP, VIP, 54).service("third").to(A);
        install(dns(A), web, other, otherPort);
        process(tcp(CLIENT, 1, VIP, 53, SYN));
        process(tcp(A.address().toString(), 5353, CLIENT, 1, SYN | ACK));
        Stream.of(1, 2).forEach(port -> send(CLIENT, port, "10.0.170.93", 53));
        send(CLIENT, 3, VIP, 54);
        send(CLIENT, 4, VIP, 53);
        install(dns(B), rule(Protocol.TCP, VIP, 53).to(B), other, otherPort);
        assertThat(opened())
                .containsExactly(
                        VIP + " on 10.180.1.1",
                        VIP + " on 10.180.1.1",
                        "10.0.170.93 on 10.180.1.1",
                        "10.0.170.93 on 10.180.1.1");
    }

    @Test
    void shouldLeaveNoFlowOnAnEndpointThatGoesWhileFlowsAreOpened() throws Exception {
        final ForwardingPlan before = Plans.plan(1, dns(A));
        final ForwardingPlan after = Plans.plan(2, dns(B));
        Plans.apply(engine, plan, before);
        try (ExecutorService packets = Executors.newSingleThreadExecutor()) {
            for (int round = 0; round < ROUNDS; round++) {
                final long now = round * 1_000_000_000_000L; // the last round's flows are over
                engine.sweep(Integer.MAX_VALUE, now);
                final CountDownLatch begun = new CountDownLatch(1);
                final Future<?> opening = packets.submit(() -> {
                    for (int port = 1; port <= 90; port++) {
                        final MemorySegment packet = Packets.lend(udp(CLIENT, port, VIP, 53, new byte[1]));
                        worker.process(packet, 0, (int) packet.byteSize(), InputInterface.NONE, now);
                        begun.countDown();
                    }
                });
                begun.await();
                Plans.apply(engine, before, after);
                opening.get();
                assertThat(engine.flows(now))
                        .allMatch(flow -> flow.reply().source().equals(B.address()));
                assertThat(engine.trackedFlows()).as("flows of %d", round).isLessThanOrEqualTo(90);
                Plans.apply(engine, after, before);
            }
        }
    }

    @Test
    void shouldTellOfTheEndWithFinalCountersAndTheTimeGiven() {
        final List<String> events = new ArrayList<>();
        engine.pollEvents(_ -> {}, 1);
        install(dns(A));
        send(CLIENT, 1, VIP, 53);
        send(CLIENT, 1, VIP, 53);
        engine.apply(Plans.plan(9), PlanDelta.between(plan, Plans.plan(9)), 77);
        engine.pollEvents(event -> events.add(event.type() + " " + event.packetsOut() + " at " + event.timeNanos()), 9);
        assertThat(events).containsExactly("NEW 0 at 0", "DESTROY 2 at 77");
        assertThat(engine.total(CounterLayout.Total.FLOWS_ENDED)).isEqualTo(1);
    }
}
