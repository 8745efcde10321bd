package io.pointsman.agent.cli;

import io.pointsman.agent.status.AgentStatus;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Action;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ApplyReport;
import io.pointsman.spi.RuleProblem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Addresses that a client can dial on this node, a line for each, with a command to try it. */
final class AnsweringAddresses {
    private static final Comparator<Rule> ORDER =
            Comparator.comparing(Rule::owner).thenComparing(Rule::kind).thenComparing(Rule::frontend);

    private AnsweringAddresses() {}

    /** Returns the lines in order of Service, kind and address. */
    static List<String> lines(AgentStatus status) {
        final ForwardingPlan plan = status.plan().orElseThrow();
        final Set<Frontend> broken = notInForce(status.report().orElseThrow());
        final List<String> lines = new ArrayList<>();
        plan.rules().values().stream().sorted(ORDER).forEach(rule -> {
            for (IpAddress address : rule.addresses(plan.node())) {
                lines.add(columns(
                        rule.owner().service().toString(),
                        kind(rule.kind()),
                        broken.contains(rule.frontend())
                                ? at(rule, address) + " does not answer: see the problem reported"
                                : how(rule, address)));
            }
        });
        for (HealthCheck check : plan.healthChecks()) {
            lines.add(columns(
                    check.service().toString(),
                    "health check",
                    "curl http://127.0.0.1:" + check.port() + "/healthz   # " + check.localEndpoints() + " local"));
        }
        return lines;
    }

    /** Formats a line: owner, kind, command to try. */
    static String columns(String what, String kind, String how) {
        return String.format("%-24s %-13s %s", what, kind, how);
    }

    private static Set<Frontend> notInForce(ApplyReport report) {
        final Set<Frontend> frontends = new HashSet<>();
        for (RuleProblem problem : report.problems()) {
            if (problem.kind() != RuleProblem.Kind.DEGRADED) {
                frontends.add(problem.frontend());
            }
        }
        return frontends;
    }

    private static String at(Rule rule, IpAddress address) {
        return rule.frontend().protocol() + " "
                + address.withPort(rule.frontend().port());
    }

    private static String how(Rule rule, IpAddress address) {
        return switch (rule.fromNode()) {
            case Action.Forward _
            when rule.frontend().protocol() == Protocol.TCP ->
                "curl http://" + address.withPort(rule.frontend().port());
            case Action.Forward _ -> at(rule, address);
            case Action.Drop _ -> at(rule, address) + " stays silent: no endpoint on this node";
            case Action.Reject _ -> at(rule, address) + " refuses: no endpoint at all";
            case Action.Pass _ -> at(rule, address) + " is left to the host";
        };
    }

    private static String kind(FrontendKind kind) {
        return switch (kind) {
            case CLUSTER_IP -> "ClusterIP";
            case EXTERNAL_IP -> "external IP";
            case LOAD_BALANCER -> "LoadBalancer";
            case NODE_PORT -> "NodePort";
        };
    }
}
