package io.pointsman.examples.packetagent;

import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address and port, and its endpoints, all of one family.
 *
 * @param endpoints if empty, connections are rejected
 */
public record VirtualService(Protocol protocol, IpAddress address, int port, List<PoolEndpoint> endpoints) {
    private static final Pattern SERVICE = Pattern.compile("(tcp|udp)/(?<end>[^=]+)=(?<endpoints>.*)");
    private static final Pattern END = Pattern.compile("(?:\\[(?<six>[^]]+)]|(?<four>[^:]+)):(?<port>[0-9]{1,5})");

    public VirtualService {
        endpoints = List.copyOf(endpoints);
    }

    /**
     * Parses {@code udp/10.96.0.10:53=10.2.0.2:53,10.2.0.3:53} or {@code tcp/[fd00:96::1]:80=[fd00:2::2]:8080}.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static VirtualService parse(String text) {
        final Matcher service = SERVICE.matcher(text);
        if (!service.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not tcp/ADDRESS:PORT=ENDPOINT:PORT,… or udp/…");
        }
        final Matcher end = end(service.group("end"));
        final List<PoolEndpoint> endpoints = Arrays.stream(
                        service.group("endpoints").split(","))
                .filter(one -> !one.isEmpty())
                .map(VirtualService::end)
                .map(one -> new PoolEndpoint(address(one), port(one), 1, false))
                .toList();
        return new VirtualService(
                Protocol.valueOf(service.group(1).toUpperCase(Locale.ROOT)), address(end), port(end), endpoints);
    }

    private static Matcher end(String text) {
        final Matcher matcher = END.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not ADDRESS:PORT or [ADDRESS]:PORT");
        }
        return matcher;
    }

    private static IpAddress address(Matcher end) {
        return IpAddress.parse(end.group("six") == null ? end.group("four") : end.group("six"));
    }

    private static int port(Matcher end) {
        return Integer.parseInt(end.group("port"));
    }

    /** Returns the plan of these services; it keeps the client's address for all clients. */
    public static ForwardingPlan plan(List<VirtualService> services) {
        final Map<Frontend, Rule> rules = new HashMap<>();
        for (VirtualService service : services) {
            final Rule rule = service.rule();
            rules.put(rule.frontend(), rule);
        }
        return new ForwardingPlan(
                1, rules, Map.of(), NodeFacts.builder("packet-agent").build(), List.of());
    }

    /** Returns the delta from no plan to this one. */
    public static PlanDelta wholeOf(ForwardingPlan plan) {
        return new PlanDelta(
                ForwardingPlan.EMPTY_VERSION,
                plan.version(),
                plan.rules().values().stream()
                        .map(rule -> new PlanDelta.RuleChange(rule.frontend(), null, rule))
                        .toList(),
                List.of(),
                Set.of(PlanDelta.Part.NODE_FACTS, PlanDelta.Part.HEALTH_CHECKS));
    }

    private Rule rule() {
        final ServicePortName name = new ServicePortName(
                new ObjectName("packet-agent", "service-" + port),
                protocol.name().toLowerCase(Locale.ROOT),
                protocol);
        final Rule.Builder rule = Rule.builder(new Frontend(protocol, address, port), FrontendKind.CLUSTER_IP, name);
        if (endpoints.isEmpty()) {
            return rule.build();
        }
        final Action forward = new Action.Forward(
                new EndpointPool(new PoolId(name, address.family(), PoolId.Scope.CLUSTER), endpoints), false);
        return rule.fromLocalPod(forward)
                .fromNode(forward)
                .fromExternal(forward)
                .serving(new EndpointPool(new PoolId(name, address.family(), PoolId.Scope.SERVING), endpoints))
                .build();
    }
}
