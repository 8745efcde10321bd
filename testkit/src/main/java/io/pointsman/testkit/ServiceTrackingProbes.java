package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.tracking.TrackedPort;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Checks of {@code service-tracking}: the service ports that a proxy of one family serves, and which Services changed. */
final class ServiceTrackingProbes {
    private static final Map<String, Function<TrackedPort, Object>> PORT_FIELDS = Map.of(
            "service", port -> port.name().service().toString(),
            "portName", port -> port.name().portName(),
            "protocol", port -> port.name().protocol().toString(),
            "clusterIP", port -> port.clusterIp().toString(),
            "port", TrackedPort::port,
            "nodePort", TrackedPort::nodePort,
            "externalIPs", port -> Expectations.names(port.externalIps()),
            "loadBalancerIPs", port -> Expectations.names(port.loadBalancerIps()),
            "loadBalancerSourceRanges", port -> Expectations.names(port.sourceRanges()),
            "healthCheckNodePort", TrackedPort::healthCheckNodePort);

    static final Expectations EXPECTATIONS = new Expectations()
            .field("servicePorts", ServiceTrackingProbes::checkPorts)
            .field("servicePortCount", Json::number, world -> world.view()
                    .ports()
                    .size())
            .field("healthCheckNodePorts", Expectations::numbers, ServiceTrackingProbes::healthCheckNodePorts)
            .field("changedServices", Expectations::textSet, world -> changed(world, world.changes()))
            .field("pendingServices", ServiceTrackingProbes::checkPending);

    private ServiceTrackingProbes() {}

    private static Map<String, Integer> healthCheckNodePorts(World world) {
        final Map<String, Integer> ports = new TreeMap<>();
        world.view().healthCheckNodePorts().forEach((service, port) -> ports.put(service.toString(), port));
        return ports;
    }

    private static Set<String> changed(World world, Collection<ServiceChange> changes) {
        final Set<String> names = new TreeSet<>();
        for (ServiceChange change : changes) {
            if (change.portsChanged(world.node().family())) {
                names.add(change.name().toString());
            }
        }
        return names;
    }

    /** Checks the number of pending Services, or their names. */
    private static Check checkPending(String field, JsonNode json, World world) {
        final Set<String> pending = changed(world, world.pendingChanges());
        return json.isArray()
                ? Check.equal(field, Expectations.textSet(json), pending)
                : Check.equal(field, Json.number(json), pending.size());
    }

    /** Checks that exactly the expected ports exist, comparing only the fields given. */
    private static Check checkPorts(String field, JsonNode json, World world) {
        final Map<String, Map<String, Object>> expected = new TreeMap<>();
        for (JsonNode port : Json.items(json)) {
            Json.allowOnly(port, "service port", PORT_FIELDS.keySet());
            final Map<String, Object> values = new TreeMap<>();
            port.properties().forEach(entry -> values.put(entry.getKey(), value(entry.getKey(), entry.getValue())));
            expected.put(key(values), values);
        }
        final Map<String, Map<String, Object>> actual = new TreeMap<>();
        for (TrackedPort port : world.view().ports().values()) {
            final Map<String, Object> values = new TreeMap<>();
            PORT_FIELDS.forEach((name, read) -> values.put(name, read.apply(port)));
            final String key = key(values);
            values.keySet().retainAll(expected.getOrDefault(key, values).keySet());
            actual.put(key, values);
        }
        return Check.equal(field, expected, actual);
    }

    private static String key(Map<String, Object> port) {
        return port.get("service") + ":" + port.get("portName") + ":" + port.get("protocol");
    }

    /** Reads a value; addresses and ranges are compared in canonical form. */
    private static Object value(String field, JsonNode json) {
        return switch (field) {
            case "clusterIP" -> IpAddress.parse(json.textValue()).toString();
            case "externalIPs", "loadBalancerIPs" ->
                canonical(json, text -> IpAddress.parse(text).toString());
            case "loadBalancerSourceRanges" ->
                canonical(json, text -> Cidr.parse(text.strip()).toString());
            default -> json.isTextual() ? json.textValue() : (Object) Json.number(json);
        };
    }

    private static Set<String> canonical(JsonNode json, Function<String, String> reader) {
        final List<String> texts = Json.texts(json);
        final Set<String> canonical = new TreeSet<>();
        texts.forEach(text -> canonical.add(reader.apply(text)));
        return canonical;
    }
}
