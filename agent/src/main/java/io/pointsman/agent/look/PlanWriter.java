package io.pointsman.agent.look;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.json.Json;
import io.pointsman.model.EnumToken;
import io.pointsman.model.ObjectName;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Origin;
import io.pointsman.plan.PodDetector;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.Rule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Writes a plan as JSON, from which {@link PlanReader} rebuilds an equal one: first the node, then each Service. */
public final class PlanWriter {
    private final String mode;
    private final ForwardingPlan plan;
    private final SortedMap<ObjectName, SortedMap<ServicePortName, List<Rule>>> services = new TreeMap<>();
    private final Map<ObjectName, List<HealthCheck>> checks = new HashMap<>();

    /** @param mode the name of the plan's backend */
    public PlanWriter(String mode, ForwardingPlan plan) {
        this(mode, plan, _ -> true);
    }

    /**
     * Writes only some of the plan's Services.
     *
     * @param mode the name of the plan's backend
     */
    public PlanWriter(String mode, ForwardingPlan plan, Predicate<ObjectName> wanted) {
        this.mode = mode;
        this.plan = plan;
        plan.rules().values().stream()
                .filter(rule -> wanted.test(rule.owner().service()))
                .sorted(Comparator.comparing(Rule::frontend))
                .forEach(rule -> services.computeIfAbsent(rule.owner().service(), _ -> new TreeMap<>())
                        .merge(rule.owner(), List.of(rule), PlanWriter::joined));
        for (HealthCheck check : plan.healthChecks()) {
            if (!wanted.test(check.service())) {
                continue;
            }
            services.computeIfAbsent(check.service(), _ -> new TreeMap<>());
            checks.computeIfAbsent(check.service(), _ -> new ArrayList<>()).add(check);
        }
    }

    private static List<Rule> joined(List<Rule> first, List<Rule> second) {
        final List<Rule> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    /** Returns the names of the Services, in order. */
    public Collection<ObjectName> services() {
        return services.keySet();
    }

    /** Returns everything as one document. */
    public String document() {
        return Json.object(json -> {
            writeNode(json);
            json.writeArrayFieldStart("services");
            for (ObjectName service : services.keySet()) {
                json.writeStartObject();
                writeService(json, service);
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    /** Returns the plan's facts about the node, as a line. */
    public String node() {
        return Json.object(this::writeNode);
    }

    /** Returns one Service, as a line. */
    public String service(ObjectName service) {
        return Json.object(json -> writeService(json, service));
    }

    private void writeNode(JsonGenerator json) throws IOException {
        final NodeFacts node = plan.node();
        json.writeStringField("node", node.name());
        json.writeStringField("mode", mode);
        json.writeNumberField("version", plan.version());
        json.writeNumberField("rules", plan.rules().size());
        strings(json, "addresses", node.addresses().stream().sorted().toList());
        strings(
                json,
                "nodePortAddresses",
                node.nodePortAddresses().stream().sorted().toList());
        strings(
                json,
                "loopback",
                node.loopback().stream().sorted().map(EnumToken::of).toList());
        json.writeObjectFieldStart("pods");
        switch (node.podDetector()) {
            case PodDetector.ByCidr(List<?> ranges) -> strings(json, "ranges", ranges);
            case PodDetector.ByInterface(String name, boolean isPrefix) ->
                json.writeStringField(isPrefix ? "interfacePrefix" : "interface", name);
            case PodDetector.Unknown() -> json.writeBooleanField("known", false);
        }
        json.writeEndObject();
        json.writeStringField("unknownClusterIpPort", word(node.mode().unknownClusterIpPort()));
        strings(
                json,
                "answers",
                node.mode().answers().stream().sorted().map(EnumToken::of).toList());
        strings(
                json,
                "traits",
                node.mode().traits().stream().sorted().map(EnumToken::of).toList());
        strings(json, "serviceRanges", node.serviceRanges());
        json.writeArrayFieldStart("egress");
        for (NodeFacts.Egress egress : node.egress()) {
            json.writeStartObject();
            json.writeStringField("to", egress.destination().toString());
            json.writeStringField("source", egress.source().toString());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void writeService(JsonGenerator json, ObjectName service) throws IOException {
        json.writeStringField("namespace", service.namespace());
        json.writeStringField("name", service.name());
        json.writeArrayFieldStart("ports");
        for (Map.Entry<ServicePortName, List<Rule>> port :
                services.getOrDefault(service, new TreeMap<>()).entrySet()) {
            json.writeStartObject();
            json.writeStringField("port", port.getKey().portName());
            json.writeStringField("protocol", port.getKey().protocol().name());
            writePools(json, port.getValue());
            json.writeArrayFieldStart("rules");
            for (Rule rule : port.getValue()) {
                json.writeStartObject();
                writeRule(json, rule);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("healthChecks");
        for (HealthCheck check : checks.getOrDefault(service, List.of())) {
            json.writeStartObject();
            json.writeNumberField("port", check.port());
            strings(json, "families", check.families().stream().sorted().toList());
            json.writeNumberField("localEndpoints", check.localEndpoints());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writePools(JsonGenerator json, List<Rule> rules) throws IOException {
        final SortedMap<PoolId, EndpointPool> pools = new TreeMap<>();
        rules.forEach(rule -> rule.pools().forEach(pool -> pools.put(pool.id(), pool)));
        json.writeObjectFieldStart("pools");
        for (EndpointPool pool : pools.values()) {
            json.writeArrayFieldStart(name(pool.id()));
            for (PoolEndpoint endpoint : pool.endpoints()) {
                json.writeStartObject();
                json.writeStringField("address", endpoint.address().toString());
                json.writeNumberField("port", endpoint.port());
                json.writeNumberField("weight", endpoint.weight());
                json.writeBooleanField("local", endpoint.local());
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private static void writeRule(JsonGenerator json, Rule rule) throws IOException {
        json.writeStringField("address", rule.frontend().vip().toString());
        json.writeNumberField("port", rule.frontend().port());
        json.writeStringField("kind", EnumToken.of(rule.kind()));
        for (Origin origin : Origin.values()) {
            json.writeObjectFieldStart(field(origin));
            final Action action = rule.action(origin);
            json.writeStringField("action", word(action));
            if (action instanceof Action.Forward(EndpointPool pool, boolean masquerade)) {
                json.writeStringField("pool", name(pool.id()));
                json.writeStringField("source", masquerade ? "node" : "client");
            }
            json.writeEndObject();
        }
        strings(json, "allowedSources", rule.allowedSources());
        if (rule.affinity().isPresent()) {
            json.writeStringField("affinity", rule.affinity().get().toString());
        }
        json.writeStringField("balancing", rule.balancing().text());
        json.writeStringField("serving", name(rule.serving().id()));
        if (rule.proxyHeader().isPresent()) {
            json.writeStringField("proxyHeader", rule.proxyHeader().get().text());
        }
    }

    static String field(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> "fromPods";
            case NODE -> "fromNode";
            case EXTERNAL -> "fromOutside";
        };
    }

    static String word(Action action) {
        return switch (action) {
            case Action.Forward _ -> "forward";
            case Action.Drop _ -> "drop";
            case Action.Reject _ -> "reject";
            case Action.Pass _ -> "pass";
        };
    }

    /** Returns a pool's name, unique within a service port. */
    private static String name(PoolId id) {
        return id.family() + "-" + EnumToken.of(id.scope());
    }

    private static void strings(JsonGenerator json, String field, List<?> values) throws IOException {
        json.writeArrayFieldStart(field);
        for (Object value : values) {
            json.writeString(value.toString());
        }
        json.writeEndArray();
    }
}
