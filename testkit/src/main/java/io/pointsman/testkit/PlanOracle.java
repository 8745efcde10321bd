package io.pointsman.testkit;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides what a plan does to the first packet of a connection; the reference for engines and data planes. Written for
 * readability, not speed, and independent of both. Immutable, so safe on any thread.
 */
public final class PlanOracle {
    private final ForwardingPlan plan;
    private final Set<IpAddress> clusterIps = new HashSet<>();

    public PlanOracle(ForwardingPlan plan) {
        this.plan = plan;
        for (Rule rule : plan.rules().values()) {
            if (rule.kind() == FrontendKind.CLUSTER_IP) {
                clusterIps.add(rule.frontend().vip());
            }
        }
    }

    /** Returns the possible outcomes for a packet of a client without affinity. */
    public Outcome decide(FirstPacket packet) {
        final Outcome outcome = rule(packet).map(rule -> byRule(rule, packet)).orElseGet(() -> withoutRule(packet));
        // kube-proxy's chain for this runs first, and translated packets no longer have a loopback destination
        return outcome.verdict() != Outcome.Verdict.FORWARD && isForeignToLoopback(packet)
                ? Outcome.of(Outcome.Verdict.DROP)
                : outcome;
    }

    /** Returns the rule that the packet matches: that of its destination, else that of a node port. */
    public Optional<Rule> rule(FirstPacket packet) {
        final IpAddress destination = packet.destination();
        return plan.rule(new Frontend(packet.protocol(), destination, packet.port()))
                .or(() -> plan.node().servesNodePorts(destination)
                        ? plan.rule(Frontend.nodePort(packet.protocol(), destination.family(), packet.port()))
                        : Optional.empty());
    }

    private Outcome byRule(Rule rule, FirstPacket packet) {
        if (!rule.allowsSource(packet.source())) {
            return Outcome.of(Outcome.Verdict.DROP);
        }
        return byAction(rule.action(plan.node().originOf(packet.source(), packet.inputInterface())), packet);
    }

    private static Outcome byAction(Action action, FirstPacket packet) {
        return switch (action) {
            case Action.Forward forward -> forwarded(forward, packet);
            case Action.Drop() -> Outcome.of(Outcome.Verdict.DROP);
            case Action.Reject() -> Outcome.of(Outcome.Verdict.REJECT);
            case Action.Pass() -> Outcome.of(Outcome.Verdict.NONE);
        };
    }

    private static Outcome forwarded(Action.Forward forward, FirstPacket packet) {
        final Map<PoolEndpoint, Boolean> endpoints = new HashMap<>();
        for (PoolEndpoint endpoint : forward.pool().endpoints()) {
            if (endpoint.weight() > 0) {
                final boolean isHairpin = endpoint.address().equals(packet.source());
                endpoints.put(endpoint, forward.masquerade() || isHairpin);
            }
        }
        return new Outcome(Outcome.Verdict.FORWARD, endpoints);
    }

    private Outcome withoutRule(FirstPacket packet) {
        final NodeFacts node = plan.node();
        final IpAddress destination = packet.destination();
        final Optional<Action> refusal = refusal(packet);
        if (refusal.isPresent()) {
            return byAction(refusal.get(), packet);
        }
        if (node.mode().has(ModeSemantics.Answer.OPENS_HEALTH_PORTS)
                && node.owns(destination)
                && isHealthPort(packet)) {
            return Outcome.of(Outcome.Verdict.ACCEPT);
        }
        if (clusterIps.contains(destination)) {
            return byAction(node.mode().unknownClusterIpPort(), packet);
        }
        final boolean isUnallocated =
                !node.owns(destination) && node.serviceRanges().stream().anyMatch(range -> range.contains(destination));
        return Outcome.of(isUnallocated ? Outcome.Verdict.DROP : Outcome.Verdict.NONE);
    }

    /** Returns a node port's verdict, for all sources, at an address where it does not answer. */
    private Optional<Action> refusal(FirstPacket packet) {
        final IpAddress destination = packet.destination();
        return plan.node().onlyRefusesNodePorts(destination)
                ? plan.rule(Frontend.nodePort(packet.protocol(), destination.family(), packet.port()))
                        .map(Rule::fromExternal)
                        .filter(action -> action instanceof Action.Reject || action instanceof Action.Drop)
                : Optional.empty();
    }

    private boolean isForeignToLoopback(FirstPacket packet) {
        return plan.node().guardsLoopback()
                && packet.destination().isIpv4()
                && packet.destination().isLoopback()
                && !packet.source().isLoopback();
    }

    private boolean isHealthPort(FirstPacket packet) {
        return packet.protocol() == Protocol.TCP
                && plan.healthChecks().stream()
                        .anyMatch(check -> check.port() == packet.port()
                                && check.families()
                                        .contains(packet.destination().family()));
    }
}
