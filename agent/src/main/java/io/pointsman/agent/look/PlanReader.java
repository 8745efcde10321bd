package io.pointsman.agent.look;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.Cidr;
import io.pointsman.model.EnumToken;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Origin;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.ProxyHeader;
import io.pointsman.plan.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Rebuilds the plan that {@link PlanWriter} wrote: first the node, then each Service. Not thread-safe.
 *
 * <p>Invalid or missing JSON is an {@link IllegalArgumentException}.
 */
public final class PlanReader {
    private final long version;
    private final NodeFacts node;
    private final String mode;
    private final List<Rule> rules = new ArrayList<>();
    private final List<HealthCheck> checks = new ArrayList<>();

    public PlanReader(JsonNode json) {
        version = json.required("version").asLong();
        mode = json.required("mode").asText();
        node = node(json);
    }

    /** Returns the name of the plan's backend. */
    public String mode() {
        return mode;
    }

    /** Returns the plan read so far. */
    public ForwardingPlan plan() {
        return ForwardingPlan.of(version, node, rules, checks);
    }

    private static NodeFacts node(JsonNode json) {
        return NodeFacts.builder(json.required("node").asText())
                .addresses(set(json.required("addresses"), IpAddress::parse))
                .nodePortAddresses(set(json.required("nodePortAddresses"), IpAddress::parse))
                .loopback(set(json.required("loopback"), text -> EnumToken.parse(NodeFacts.Loopback.class, text)))
                .podDetector(pods(json.required("pods")))
                .mode(new ModeSemantics(
                        simpleAction(json.required("unknownClusterIpPort").asText()),
                        set(json.required("answers"), text -> EnumToken.parse(ModeSemantics.Answer.class, text)),
                        set(json.required("traits"), text -> EnumToken.parse(ModeSemantics.Trait.class, text))))
                .serviceRanges(list(json.required("serviceRanges"), Cidr::parse))
                .egress(egress(json.required("egress")))
                .build();
    }

    private static PodDetector pods(JsonNode json) {
        if (json.has("ranges")) {
            return new PodDetector.ByCidr(list(json.get("ranges"), Cidr::parse));
        }
        if (json.has("interface")) {
            return new PodDetector.ByInterface(json.get("interface").asText(), false);
        }
        return json.has("interfacePrefix")
                ? new PodDetector.ByInterface(json.get("interfacePrefix").asText(), true)
                : new PodDetector.Unknown();
    }

    private static List<NodeFacts.Egress> egress(JsonNode json) {
        final List<NodeFacts.Egress> egress = new ArrayList<>();
        json.forEach(one -> egress.add(new NodeFacts.Egress(
                Cidr.parse(one.required("to").asText()),
                IpAddress.parse(one.required("source").asText()))));
        return egress;
    }

    /** Adds a Service. */
    public void add(JsonNode json) {
        final ObjectName service = new ObjectName(
                json.required("namespace").asText(), json.required("name").asText());
        for (JsonNode port : json.required("ports")) {
            final ServicePortName owner = new ServicePortName(
                    service,
                    port.required("port").asText(),
                    Protocol.valueOf(port.required("protocol").asText()));
            final Map<String, EndpointPool> pools = pools(owner, port.required("pools"));
            port.required("rules").forEach(rule -> rules.add(rule(owner, pools, rule)));
        }
        for (JsonNode check : json.required("healthChecks")) {
            checks.add(new HealthCheck(
                    service,
                    set(check.required("families"), PlanReader::family),
                    check.required("port").asInt(),
                    check.required("localEndpoints").asInt()));
        }
    }

    private static Map<String, EndpointPool> pools(ServicePortName owner, JsonNode json) {
        final Map<String, EndpointPool> pools = new HashMap<>();
        json.properties().forEach(entry -> {
            final String[] words = entry.getKey().split("-", 2);
            final List<PoolEndpoint> endpoints = new ArrayList<>();
            entry.getValue()
                    .forEach(endpoint -> endpoints.add(new PoolEndpoint(
                            IpAddress.parse(endpoint.required("address").asText()),
                            endpoint.required("port").asInt(),
                            endpoint.required("weight").asInt(),
                            endpoint.required("local").asBoolean())));
            final PoolId id = new PoolId(owner, family(words[0]), EnumToken.parse(PoolId.Scope.class, words[1]));
            pools.put(entry.getKey(), new EndpointPool(id, endpoints));
        });
        return pools;
    }

    private static Rule rule(ServicePortName owner, Map<String, EndpointPool> pools, JsonNode json) {
        return Rule.builder(
                        new Frontend(
                                owner.protocol(),
                                IpAddress.parse(json.required("address").asText()),
                                json.required("port").asInt()),
                        EnumToken.parse(
                                FrontendKind.class, json.required("kind").asText()),
                        owner)
                .fromLocalPod(action(pools, json, Origin.LOCAL_POD))
                .fromNode(action(pools, json, Origin.NODE))
                .fromExternal(action(pools, json, Origin.EXTERNAL))
                .allowedSources(list(json.required("allowedSources"), Cidr::parse))
                .affinity(Optional.ofNullable(json.get("affinity"))
                        .map(JsonNode::asText)
                        .map(Duration::parse))
                .balancing(Balancing.parse(json.required("balancing").asText()).orElseThrow())
                .serving(pool(pools, json.required("serving").asText()))
                .proxyHeader(Optional.ofNullable(json.get("proxyHeader"))
                        .map(JsonNode::asText)
                        .flatMap(ProxyHeader::parse))
                .build();
    }

    private static Action action(Map<String, EndpointPool> pools, JsonNode rule, Origin origin) {
        final JsonNode json = rule.required(PlanWriter.field(origin));
        final String word = json.required("action").asText();
        return word.equals("forward")
                ? new Action.Forward(
                        pool(pools, json.required("pool").asText()),
                        json.required("source").asText().equals("node"))
                : simpleAction(word);
    }

    private static EndpointPool pool(Map<String, EndpointPool> pools, String name) {
        return Optional.ofNullable(pools.get(name))
                .orElseThrow(() -> new IllegalArgumentException("there is no pool \"" + name + "\""));
    }

    private static IpFamily family(String text) {
        return IpFamily.valueOf(text.toUpperCase(Locale.ROOT));
    }

    private static Action simpleAction(String word) {
        return switch (word) {
            case "drop" -> Action.DROP;
            case "reject" -> Action.REJECT;
            case "pass" -> Action.PASS;
            default -> throw new IllegalArgumentException("\"" + word + "\" is no action");
        };
    }

    private static <T> List<T> list(JsonNode json, Function<String, T> parse) {
        final List<T> values = new ArrayList<>();
        json.forEach(value -> values.add(parse.apply(value.asText())));
        return values;
    }

    private static <T> Set<T> set(JsonNode json, Function<String, T> parse) {
        return new HashSet<>(list(json, parse));
    }
}
