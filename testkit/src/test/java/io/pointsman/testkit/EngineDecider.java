package io.pointsman.testkit;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.InputInterface;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.NatWorker;
import io.pointsman.packet.ChecksumVerifier;
import io.pointsman.packet.PacketBuilder;
import io.pointsman.plan.Action;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds the engine's possible outcomes for a packet by experiment: sends it as bytes from many source ports, with days in
 * between so that affinity expires, and collects the results.
 */
final class EngineDecider implements PacketDecider {
    private static final int TRIES = 72; // misses one of 3 endpoints once in 10^12
    private static final long DAYS_NANOS = 3L * 24 * 3600 * 1_000_000_000L;
    private static final int INIT_CHUNK = 1;

    // Addresses that no other host has, so that a rewritten source is visible even if the node itself was the client.
    private static final IpAddress EGRESS = IpAddress.parse("192.0.2.200");
    private static final IpAddress EGRESS6 = IpAddress.parse("2001:db8:200::200");

    private final ForwardingPlan plan;
    private final Map<String, PoolEndpoint> endpointsByPlace = new HashMap<>();

    EngineDecider(ForwardingPlan plan) {
        final NodeFacts marked = plan.node().toBuilder()
                .egress(List.of(
                        new NodeFacts.Egress(new Cidr(IpAddress.unspecified(IpFamily.IPV4), 0), EGRESS),
                        new NodeFacts.Egress(new Cidr(IpAddress.unspecified(IpFamily.IPV6), 0), EGRESS6)))
                .build();
        this.plan = new ForwardingPlan(plan.version(), plan.rules(), plan.pools(), marked, plan.healthChecks());
        plan.rules().values().stream()
                .flatMap(EngineDecider::endpoints)
                .forEach(endpoint ->
                        endpointsByPlace.putIfAbsent(endpoint.address().withPort(endpoint.port()), endpoint));
    }

    /** Decides with a new engine, which has seen no other packet. */
    @Override
    public Outcome decide(FirstPacket packet) {
        try (Running running = start()) {
            return running.decide(packet);
        }
    }

    /** Starts an engine for many packets: faster, and equivalent if each packet has another client or frontend. */
    Running start() {
        return new Running();
    }

    /** An engine that carries out the plan. */
    final class Running implements PacketDecider, AutoCloseable {
        private final NatEngine engine =
                NatEngine.create(EngineConfig.builder().capacity(TRIES).build());
        private final NatWorker worker = engine.newWorker();
        private long nowNanos;

        private Running() {
            engine.apply(
                    plan,
                    new PlanDelta(
                            -1,
                            plan.version(),
                            List.of(),
                            List.of(),
                            Set.of(PlanDelta.Part.NODE_FACTS, PlanDelta.Part.HEALTH_CHECKS)));
        }

        @Override
        public Outcome decide(FirstPacket packet) {
            final Map<PoolEndpoint, Boolean> endpoints = new HashMap<>();
            Outcome.Verdict verdict = null;
            try (Arena arena = Arena.ofConfined()) {
                for (int i = 0; i < TRIES; i++) {
                    final byte[] bytes = bytes(packet, 20_000 + i);
                    final MemorySegment memory = arena.allocate(bytes.length);
                    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
                    final Outcome.Verdict now = verdict(worker, memory, packet, nowNanos);
                    nowNanos += DAYS_NANOS;
                    if (verdict != null && verdict != now) {
                        throw new IllegalStateException(packet + " met " + verdict + " and then " + now);
                    }
                    verdict = now;
                    if (now == Outcome.Verdict.FORWARD) {
                        note(packet, memory.toArray(ValueLayout.JAVA_BYTE), endpoints);
                    }
                }
            }
            return new Outcome(verdict == null ? Outcome.Verdict.NONE : verdict, endpoints);
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    private static Outcome.Verdict verdict(NatWorker worker, MemorySegment memory, FirstPacket packet, long nowNanos) {
        final InputInterface ingress =
                packet.inputInterface().map(InputInterface::of).orElse(InputInterface.NONE);
        return switch (worker.process(memory, 0, (int) memory.byteSize(), ingress, nowNanos)) {
            case FORWARD -> Outcome.Verdict.FORWARD;
            case PASS -> Outcome.Verdict.NONE;
            case ADMIT -> Outcome.Verdict.ACCEPT;
            case DROP -> Outcome.Verdict.DROP;
            case REJECT -> Outcome.Verdict.REJECT;
            case INVALID -> throw new IllegalStateException(packet + " is invalid: " + worker.reason());
        };
    }

    private static byte[] bytes(FirstPacket packet, int sourcePort) {
        final PacketBuilder builder = PacketBuilder.ip(packet.source(), packet.destination());
        switch (packet.protocol()) {
            case TCP -> builder.tcp(sourcePort, packet.port(), PacketBuilder.SYN);
            case UDP -> builder.udp(sourcePort, packet.port());
            case SCTP -> builder.sctp(sourcePort, packet.port(), INIT_CHUNK);
        }
        return builder.build();
    }

    private void note(FirstPacket packet, byte[] sent, Map<PoolEndpoint, Boolean> endpoints) {
        final List<String> problems = ChecksumVerifier.problems(sent);
        if (!problems.isEmpty()) {
            throw new IllegalStateException(packet + " came out with a wrong " + problems);
        }
        final boolean ipv4 = packet.source().isIpv4();
        final int length = ipv4 ? 4 : 16;
        final int addresses = ipv4 ? 12 : 8;
        final IpAddress source = IpAddress.ofBytes(Arrays.copyOfRange(sent, addresses, addresses + length));
        final IpAddress destination =
                IpAddress.ofBytes(Arrays.copyOfRange(sent, addresses + length, addresses + 2 * length));
        final int port = ByteBuffer.wrap(sent).getShort((ipv4 ? 20 : 40) + 2) & 0xFFFF;
        final PoolEndpoint endpoint = endpointsByPlace.get(destination.withPort(port));
        if (endpoint == null) {
            throw new IllegalStateException(packet + " went to " + destination.withPort(port));
        }
        endpoints.merge(endpoint, !source.equals(packet.source()), Boolean::logicalOr);
    }

    private static Stream<PoolEndpoint> endpoints(Rule rule) {
        return Stream.of(rule.fromLocalPod(), rule.fromNode(), rule.fromExternal())
                .filter(Action.Forward.class::isInstance)
                .flatMap(action -> ((Action.Forward) action).pool().endpoints().stream());
    }
}
