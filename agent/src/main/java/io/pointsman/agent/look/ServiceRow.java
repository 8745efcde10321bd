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
 * A service port with its addresses and endpoints in a plan, and its figures.
 *
 * @param addresses its frontends in order, as {@code 10.0.0.1:80} and {@code node port 30080}
 * @param endpoints number of endpoints that a new connection of any client may go to; both families together
 * @param localEndpoints number of those on this node
 * @param figures without values if none are known
 */
public record ServiceRow(
        ServicePortName port, List<String> addresses, int endpoints, int localEndpoints, ServiceFigures figures) {
    public ServiceRow {
        addresses = List.copyOf(addresses);
    }

    /** Returns the service ports of a plan, in order of name. */
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
     * Returns a service port without figures.
     *
     * @param rules all of its rules in a plan
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

    /** Returns this service port with the given figures. */
    public ServiceRow with(ServiceFigures counted) {
        return new ServiceRow(port, addresses, endpoints, localEndpoints, counted);
    }

    /** Returns a figure; empty if it is not counted. */
    public OptionalLong value(ServiceFigures.Figure figure) {
        return figures.value(figure);
    }

    /** Returns the sum of two figures; empty if neither is counted. */
    public OptionalLong sum(ServiceFigures.Figure first, ServiceFigures.Figure second) {
        return value(first).isEmpty() && value(second).isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(value(first).orElse(0) + value(second).orElse(0));
    }

    /** Returns the number of connections that got no endpoint; empty if it is not counted. */
    public OptionalLong refused() {
        return figures.refused().isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(figures.refused().values().stream()
                        .mapToLong(Long::longValue)
                        .sum());
    }

    /** Returns the service port as one line of JSON. */
    public String toJson() {
        return Json.object(this::write);
    }

    /** Writes the fields of the JSON object; figures that are not counted are left out. */
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

    /** Parses what {@link #toJson} wrote. */
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
