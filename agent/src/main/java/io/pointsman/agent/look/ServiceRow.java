package io.pointsman.agent.look;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.agent.json.Json;
import io.pointsman.model.EnumToken;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ServiceFigures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One service port: what a plan does for it, and what was counted.
 *
 * @param addresses its frontends in order, as {@code 10.0.0.1:80} and {@code node port 30080}
 * @param endpoints how many a new connection may go to, whoever opens it; of both families together
 * @param localEndpoints those of them on this node
 * @param figures without numbers where none are known
 */
public record ServiceRow(
        ServicePortName port, List<String> addresses, int endpoints, int localEndpoints, ServiceFigures figures) {
    public ServiceRow {
        addresses = List.copyOf(addresses);
    }

    /** The service ports of a plan, in order of name. */
    public static List<ServiceRow> of(ForwardingPlan plan, Collection<ServiceFigures> counted) {
        final Map<ServicePortName, ServiceFigures> byPort = new HashMap<>();
        counted.forEach(figures -> byPort.put(figures.port(), figures));
        final Map<ServicePortName, List<Rule>> rules = new TreeMap<>();
        plan.rules().values().forEach(rule -> rules.computeIfAbsent(rule.owner(), _ -> new ArrayList<>())
                .add(rule));
        final List<ServiceRow> rows = new ArrayList<>();
        rules.forEach((port, all) -> {
            final ServiceFigures figures = byPort.get(port);
            rows.add(figures == null ? of(port, all) : of(port, all).with(figures));
        });
        return rows;
    }

    /**
     * One service port, without figures.
     *
     * @param rules all that a plan has for it
     */
    public static ServiceRow of(ServicePortName port, Collection<Rule> rules) {
        final SortedSet<PoolEndpoint> endpoints = new TreeSet<>();
        final SortedSet<String> addresses = new TreeSet<>();
        for (Rule rule : rules) {
            final Frontend frontend = rule.frontend();
            addresses.add(
                    frontend.isNodePort()
                            ? "node port " + frontend.port()
                            : frontend.vip().withPort(frontend.port()));
            for (Action action : rule.actions()) {
                if (action instanceof Action.Forward forward) {
                    endpoints.addAll(forward.pool().endpoints());
                }
            }
        }
        return new ServiceRow(
                port,
                List.copyOf(addresses),
                endpoints.size(),
                (int) endpoints.stream().filter(PoolEndpoint::local).count(),
                new ServiceFigures(port, Map.of(), Map.of()));
    }

    /** The same service port with what was counted. */
    public ServiceRow with(ServiceFigures counted) {
        return new ServiceRow(port, addresses, endpoints, localEndpoints, counted);
    }

    /** A number; empty where it is not counted. */
    public OptionalLong value(ServiceFigures.Figure figure) {
        return figures.value(figure);
    }

    /** Two numbers together; empty where neither is counted. */
    public OptionalLong sum(ServiceFigures.Figure first, ServiceFigures.Figure second) {
        return value(first).isEmpty() && value(second).isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(value(first).orElse(0) + value(second).orElse(0));
    }

    /** Connections that got no endpoint; empty where none is known of. */
    public OptionalLong refused() {
        return figures.refused().isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(figures.refused().values().stream()
                        .mapToLong(Long::longValue)
                        .sum());
    }

    /** One line. */
    public String toJson() {
        return Json.object(this::write);
    }

    /** Writes the inside of its object; a number that is not counted is left out. */
    public void write(JsonGenerator json) throws IOException {
        json.writeStringField("namespace", port.service().namespace());
        json.writeStringField("service", port.service().name());
        json.writeStringField("port", port.portName());
        json.writeStringField("protocol", port.protocol().name());
        json.writeArrayFieldStart("addresses");
        for (String address : addresses) {
            json.writeString(address);
        }
        json.writeEndArray();
        json.writeNumberField("endpoints", endpoints);
        json.writeNumberField("localEndpoints", localEndpoints);
        for (ServiceFigures.Figure figure : ServiceFigures.Figure.values()) {
            final OptionalLong value = value(figure);
            if (value.isPresent()) {
                json.writeNumberField(EnumToken.camel(figure), value.getAsLong());
            }
        }
        json.writeObjectFieldStart("refused");
        for (Map.Entry<String, Long> refused : new TreeMap<>(figures.refused()).entrySet()) {
            json.writeNumberField(refused.getKey(), refused.getValue());
        }
        json.writeEndObject();
    }

    /** What {@link #toJson} wrote. */
    public static ServiceRow read(JsonNode json) {
        final ServicePortName port = new ServicePortName(
                new ObjectName(
                        json.required("namespace").asText(),
                        json.required("service").asText()),
                json.required("port").asText(),
                Protocol.valueOf(json.required("protocol").asText()));
        final List<String> addresses = new ArrayList<>();
        json.required("addresses").forEach(address -> addresses.add(address.asText()));
        final Map<ServiceFigures.Figure, Long> values = new EnumMap<>(ServiceFigures.Figure.class);
        for (ServiceFigures.Figure figure : ServiceFigures.Figure.values()) {
            if (json.has(EnumToken.camel(figure))) {
                values.put(figure, json.get(EnumToken.camel(figure)).asLong());
            }
        }
        final Map<String, Long> refused = new HashMap<>();
        json.required("refused")
                .properties()
                .forEach(
                        reason -> refused.put(reason.getKey(), reason.getValue().asLong()));
        return new ServiceRow(
                port,
                addresses,
                json.required("endpoints").asInt(),
                json.required("localEndpoints").asInt(),
                new ServiceFigures(port, values, refused));
    }
}
