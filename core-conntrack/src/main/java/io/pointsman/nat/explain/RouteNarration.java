package io.pointsman.nat.explain;

import io.pointsman.model.Cidr;
import io.pointsman.model.EnumToken;
import io.pointsman.model.IpAddress;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation.Kind;
import io.pointsman.nat.Reason;
import io.pointsman.nat.policy.CompiledPlan;
import io.pointsman.nat.policy.CompiledRule;
import io.pointsman.nat.policy.Decider;
import io.pointsman.nat.policy.Decision;
import io.pointsman.plan.Action;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Origin;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/** Describes in words how {@link Decider#route} reached its decision: from the frontend to the action. */
final class RouteNarration {
    private RouteNarration() {}

    static void noRule(StepList steps, ExplainRequest request, CompiledPlan plan, NodeFacts facts, Decision decision) {
        final IpAddress to = request.destination();
        final String port = request.protocol() + " port " + request.destinationPort();
        switch (decision.reason) {
            case UNKNOWN_CLUSTER_PORT ->
                noFrontend(
                        steps,
                        "unknownClusterIpPort",
                        to + " is a cluster address, and no Service has " + port + " there");
            case UNALLOCATED_SERVICE_IP ->
                noFrontend(
                        steps,
                        "unallocatedServiceIp",
                        to + " is in the service range " + rangeOf(facts.serviceRanges(), to) + ", and no Service has "
                                + port + " there");
            case LOOPBACK_GUARD ->
                noFrontend(
                        steps,
                        "loopbackGuard",
                        to
                                + " is loopback and the source is not: node ports on 127.0.0.1 are only for the node"
                                + " itself");
            case REFUSED_NODE_PORT ->
                noFrontend(
                        steps,
                        "refusedNodePort",
                        nothingThere(request, plan, facts)
                                + "; it has no endpoint for external traffic, and such a node port is refused on all"
                                + " addresses of the node");
            case HEALTH_PORT ->
                noFrontend(steps, "healthPort", port + " of " + to + " is the health check port of a Service");
            default -> noFrontend(steps, "none", nothingThere(request, plan, facts));
        }
        steps.add(
                Kind.ACTION,
                switch (decision.verdict) {
                    case DROP, INVALID -> "dropped: the sender gets no answer";
                    case REJECT -> "rejected: the sender is told that the port is unreachable";
                    case ADMIT -> "accepted by the node";
                    case PASS, FORWARD -> "left to the host, untouched";
                },
                "action",
                decision.verdict.name().toLowerCase(Locale.ROOT));
    }

    private static void noFrontend(StepList steps, String match, String words) {
        steps.add(Kind.FRONTEND, words, "match", match);
    }

    private static String nothingThere(ExplainRequest request, CompiledPlan plan, NodeFacts facts) {
        final IpAddress to = request.destination();
        final CompiledRule nodePort =
                plan.nodePortRule(request.protocol().number(), to.isIpv4(), request.destinationPort());
        if (nodePort != null) {
            return request.destinationPort() + " is a node port of " + nodePort.rule.owner() + ", but " + to
                    + " is none of the addresses that node ports answer on ("
                    + StepList.joined(new TreeSet<>(facts.nodePortAddresses())) + ")";
        }
        return "no Service has " + request.protocol() + " " + to.withPort(request.destinationPort());
    }

    static void rule(StepList steps, ExplainRequest request, Rule rule, NodeFacts facts, Decision decision) {
        frontend(steps, request, rule, facts);
        steps.add(
                Kind.RULE,
                "the rule is that of " + rule.owner() + ", " + words(rule.kind()),
                "owner",
                rule.owner(),
                "frontendKind",
                EnumToken.of(rule.kind()),
                "balancing",
                rule.balancing().text());
        allowedSources(steps, request, rule, decision);
        final Origin origin = decision.origin;
        final Action action = decision.action;
        if (origin != null && action != null) {
            origin(steps, request, facts, origin);
            action(steps, action);
        }
    }

    private static void frontend(StepList steps, ExplainRequest request, Rule rule, NodeFacts facts) {
        final IpAddress to = request.destination();
        if (!rule.frontend().isNodePort()) {
            steps.add(Kind.FRONTEND, rule.frontend() + " is a frontend", "match", "vip", "frontend", rule.frontend());
            return;
        }
        final String why = facts.nodePortAddresses().contains(to)
                ? to + " is one of the node's addresses that node ports answer on"
                : to + " is loopback, where node ports answer too";
        steps.add(
                Kind.FRONTEND,
                request.protocol() + " " + request.destinationPort() + " is a node port, and " + why,
                "match",
                "nodePort",
                "frontend",
                rule.frontend(),
                "nodeAddress",
                to);
    }

    private static String words(FrontendKind kind) {
        return switch (kind) {
            case CLUSTER_IP -> "for its cluster address";
            case EXTERNAL_IP -> "for an external address";
            case LOAD_BALANCER -> "for its load balancer's address";
            case NODE_PORT -> "for its node port";
        };
    }

    private static void allowedSources(StepList steps, ExplainRequest request, Rule rule, Decision decision) {
        if (rule.allowedSources().isEmpty()) {
            steps.add(Kind.ALLOWED_SOURCES, "all clients may connect", "allowed", "all");
            return;
        }
        final boolean isOut = decision.reason == Reason.SOURCE_NOT_ALLOWED;
        steps.add(
                Kind.ALLOWED_SOURCES,
                request.source() + (isOut ? " is outside" : " is within") + " the allowed sources "
                        + StepList.joined(rule.allowedSources()) + (isOut ? ": dropped" : ""),
                "allowed",
                isOut ? "no" : "yes",
                "ranges",
                StepList.joined(rule.allowedSources()));
    }

    private static void origin(StepList steps, ExplainRequest request, NodeFacts facts, Origin origin) {
        final IpAddress from = request.source();
        final String why =
                switch (origin) {
                    case LOCAL_POD -> podBy(request, facts.podDetector());
                    case NODE ->
                        "the node itself: "
                                + (from.isLoopback() ? from + " is loopback" : from + " is an address of the node")
                                + notPod(facts.podDetector());
                    case EXTERNAL -> "elsewhere: " + from + " is no address of the node" + notPod(facts.podDetector());
                };
        steps.add(Kind.ORIGIN, "comes from " + why, "origin", EnumToken.of(origin));
    }

    private static String podBy(ExplainRequest request, PodDetector detector) {
        return switch (detector) {
            case PodDetector.ByCidr byCidr ->
                "a pod: " + request.source() + " is in the pod range " + rangeOf(byCidr.ranges(), request.source());
            case PodDetector.ByInterface byInterface ->
                "a pod: came in on " + request.inputInterface().orElse("no interface") + ", and pods' interfaces are "
                        + name(byInterface);
            case PodDetector.Unknown _ -> "a pod";
        };
    }

    private static String notPod(PodDetector detector) {
        return switch (detector) {
            case PodDetector.ByCidr byCidr -> ", and in no pod range (" + StepList.joined(byCidr.ranges()) + ")";
            case PodDetector.ByInterface byInterface -> ", and did not come in on " + name(byInterface);
            case PodDetector.Unknown _ -> "; this node can't tell pods from others";
        };
    }

    private static String name(PodDetector.ByInterface byInterface) {
        return byInterface.name() + (byInterface.isPrefix() ? "*" : "");
    }

    private static String rangeOf(List<Cidr> ranges, IpAddress address) {
        final Optional<Cidr> range =
                ranges.stream().filter(one -> one.contains(address)).findFirst();
        return range.map(Cidr::toString).orElse("?");
    }

    private static void action(StepList steps, Action action) {
        switch (action) {
            case Action.Forward forward ->
                steps.add(
                        Kind.ACTION,
                        "is forwarded to one of " + words(forward.pool().id().scope()) + ", "
                                + (forward.masquerade() ? "masqueraded" : "not masqueraded"),
                        "action",
                        "forward",
                        "pool",
                        forward.pool().id(),
                        "masquerade",
                        forward.masquerade());
            case Action.Drop _ ->
                steps.add(
                        Kind.ACTION,
                        "is dropped: the Service has endpoints, but none that traffic of this origin may use here",
                        "action",
                        "drop");
            case Action.Reject _ ->
                steps.add(Kind.ACTION, "is rejected: the Service has no usable endpoint", "action", "reject");
            case Action.Pass _ -> steps.add(Kind.ACTION, "is left to the host", "action", "pass");
        }
    }

    private static String words(PoolId.Scope scope) {
        return switch (scope) {
            case CLUSTER -> "the Service's endpoints";
            case LOCAL -> "the Service's endpoints on this node";
            case SERVING -> "the Service's serving endpoints";
        };
    }
}
