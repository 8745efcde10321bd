package io.pointsman.nat.reference;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Decision of a plan about the first packet of a connection, read off the plan by brute force. */
public sealed interface Decision {
    /** Outcome other than forwarding. */
    record Plain(Outcome outcome) implements Decision {}

    /**
     * Forwarded to one of the candidates; rejected if every endpoint has weight 0, so that there is no candidate.
     *
     * @param masquerade whatever the endpoint; a hairpin masquerades anyway
     */
    record Forward(Rule rule, EndpointPool pool, List<PoolEndpoint> candidates, boolean masquerade)
            implements Decision {
        public Forward {
            candidates = List.copyOf(candidates);
        }
    }

    /** Decides about a packet that is about to start a connection. */
    static Decision of(
            ForwardingPlan plan,
            Protocol protocol,
            IpAddress source,
            IpAddress destination,
            int destinationPort,
            Optional<String> input) {
        final Rule rule = ruleFor(plan, protocol, destination, destinationPort);
        if (rule != null) {
            return by(rule, plan, source, destination, input);
        }
        final Rule nodePort = plan.node().onlyRefusesNodePorts(destination) && destinationPort != 0
                ? plan.rules().get(Frontend.nodePort(protocol, destination.family(), destinationPort))
                : null;
        if (nodePort != null && !isGuarded(plan.node(), source, destination)) {
            switch (nodePort.fromExternal()) {
                case Action.Drop _ -> {
                    return new Plain(Outcome.DROP);
                }
                case Action.Reject _ -> {
                    return new Plain(Outcome.REJECT);
                }
                case Action.Forward _, Action.Pass _ -> {} // as if there were none
            }
        }
        return new Plain(withoutRule(plan, protocol == Protocol.TCP, source, destination, destinationPort));
    }

    /** Decides about a first packet. */
    static Decision of(ForwardingPlan plan, ModelPacket packet) {
        final Tuple tuple = packet.tuple();
        final Protocol protocol =
                switch (tuple.protocol()) {
                    case TCP -> Protocol.TCP;
                    case UDP -> Protocol.UDP;
                    case SCTP -> Protocol.SCTP;
                    case ECHO -> null;
                };
        return protocol == null
                ? ofEcho(plan, tuple.source(), tuple.destination(), packet.input())
                : of(plan, protocol, tuple.source(), tuple.destination(), tuple.destinationPort(), packet.input());
    }

    /** Decides about a ping that is about to make a flow. */
    static Decision ofEcho(ForwardingPlan plan, IpAddress source, IpAddress destination, Optional<String> input) {
        return plan.rules().keySet().stream()
                .filter(frontend -> !frontend.isNodePort() && frontend.vip().equals(destination))
                .min(Comparator.naturalOrder())
                .flatMap(frontend -> Optional.ofNullable(plan.rules().get(frontend)))
                .map(rule -> by(rule, plan, source, destination, input))
                .orElseGet(() -> new Plain(withoutRule(plan, false, source, destination, 0)));
    }

    private static Decision by(
            Rule rule, ForwardingPlan plan, IpAddress source, IpAddress destination, Optional<String> input) {
        final Action action = rule.action(plan.node().originOf(source, input));
        final boolean isForwarded = action instanceof Action.Forward;
        if (!rule.allowsSource(source) || (!isForwarded && isGuarded(plan.node(), source, destination))) {
            return new Plain(Outcome.DROP);
        }
        return switch (action) {
            case Action.Drop _ -> new Plain(Outcome.DROP);
            case Action.Reject _ -> new Plain(Outcome.REJECT);
            case Action.Pass _ -> new Plain(Outcome.PASS);
            case Action.Forward forward ->
                new Forward(
                        rule,
                        forward.pool(),
                        forward.pool().endpoints().stream()
                                .filter(endpoint -> endpoint.weight() > 0)
                                .toList(),
                        forward.masquerade());
        };
    }

    private static @Nullable Rule ruleFor(ForwardingPlan plan, Protocol protocol, IpAddress destination, int port) {
        if (port == 0 || destination.isUnspecified()) {
            return null;
        }
        final Rule exact = plan.rules().get(new Frontend(protocol, destination, port));
        return exact == null && plan.node().servesNodePorts(destination)
                ? plan.rules().get(Frontend.nodePort(protocol, destination.family(), port))
                : exact;
    }

    private static boolean isGuarded(NodeFacts node, IpAddress source, IpAddress destination) {
        return node.guardsLoopback() && destination.isIpv4() && destination.isLoopback() && !source.isLoopback();
    }

    /** Decides about a packet without a rule. */
    static Outcome withoutRule(ForwardingPlan plan, boolean isTcp, IpAddress source, IpAddress destination, int port) {
        final NodeFacts node = plan.node();
        if (isGuarded(node, source, destination)) {
            return Outcome.DROP;
        }
        final List<FrontendKind> kinds = plan.rules().values().stream()
                .filter(rule -> rule.frontend().vip().equals(destination))
                .filter(rule -> !rule.frontend().isNodePort())
                .map(Rule::kind)
                .toList();
        if (kinds.contains(FrontendKind.CLUSTER_IP)) {
            return switch (node.mode().unknownClusterIpPort()) {
                case Action.Drop _ -> Outcome.DROP;
                case Action.Reject _ -> Outcome.REJECT;
                case Action.Pass _, Action.Forward _ -> Outcome.PASS;
            };
        }
        if (!node.owns(destination) && node.serviceRanges().stream().anyMatch(range -> range.contains(destination))) {
            return Outcome.DROP;
        }
        final boolean isHealthPort = node.mode().has(ModeSemantics.Answer.OPENS_HEALTH_PORTS)
                && isTcp
                && node.owns(destination)
                && plan.healthChecks().stream()
                        .anyMatch(check ->
                                check.port() == port && check.families().contains(destination.family()));
        return isHealthPort ? Outcome.ADMIT : Outcome.PASS;
    }

    /** The endpoints in words, for messages. */
    static String words(List<PoolEndpoint> endpoints) {
        return endpoints.stream().map(PoolEndpoint::toString).collect(Collectors.joining(" ", "[", "]"));
    }
}
