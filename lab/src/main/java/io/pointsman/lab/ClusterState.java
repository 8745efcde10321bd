package io.pointsman.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The cluster's objects as its users and controllers make them: EndpointSlices follow the pods, a health check node port the
 * policy. Agents read them from a store.
 */
final class ClusterState {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NODES = "nodes.json";
    private static final String SERVICES = "services.json";
    static final int HEALTH_CHECK_NODE_PORT = 32122;

    private final ObjectStore store;
    private final List<ObjectNode> nodes = new ArrayList<>();
    private final Map<String, ObjectNode> shelf = new LinkedHashMap<>();
    private final Map<String, ObjectNode> services = new LinkedHashMap<>();
    private List<Pod> pods = List.of();

    /** The tutorial's nodes and no Service yet. */
    ClusterState(ObjectStore store) throws IOException {
        this.store = store;
        read(NODES).forEach(node -> nodes.add((ObjectNode) node));
        for (JsonNode service : read(SERVICES)) {
            shelf.put(service.at("/metadata/name").asText(), (ObjectNode) service);
        }
        write();
    }

    private static JsonNode read(String resource) throws IOException {
        try (InputStream in = ClusterState.class.getResourceAsStream(resource)) {
            return JSON.readTree(Objects.requireNonNull(in, resource));
        }
    }

    /** What agents are pointed at. */
    ObjectStore store() {
        return store;
    }

    /** {@code kubectl expose}: takes a Service of the tutorial into the cluster. */
    void expose(String name) throws IOException {
        services.put(name, Objects.requireNonNull(shelf.get(name), name).deepCopy());
        write();
    }

    /** {@code kubectl patch svc NAME -p PATCH}. */
    void patch(String name, String patch) throws IOException {
        services.put(name, store.patch(service(name), patch));
        write();
    }

    /** As the API server does: a load balancer with policy Local is given a health check node port, and loses it again. */
    static void admit(ObjectNode object) {
        if (!(object.get("spec") instanceof ObjectNode spec)
                || !object.path("kind").asText().equals("Service")) {
            return;
        }
        final boolean isChecked = spec.path("type").asText().equals("LoadBalancer")
                && spec.path("externalTrafficPolicy").asText().equals("Local");
        if (!isChecked) {
            spec.remove("healthCheckNodePort");
        } else if (!spec.has("healthCheckNodePort")) {
            spec.put("healthCheckNodePort", HEALTH_CHECK_NODE_PORT);
        }
    }

    /** {@code kubectl delete svc -l app=source-ip-app}. */
    void deleteServices() throws IOException {
        services.clear();
        write();
    }

    /** Says which pods there are; every Service selects all of them. */
    void pods(List<Pod> current) throws IOException {
        pods = List.copyOf(current);
        write();
    }

    List<Pod> pods() {
        return pods;
    }

    private ObjectNode service(String name) {
        return Objects.requireNonNull(services.get(name), () -> "no Service " + name + " among " + services.keySet());
    }

    /** A Service as {@code kubectl get svc NAME -o yaml} would have it. */
    JsonNode get(String name) {
        return service(name);
    }

    private void write() throws IOException {
        final List<ObjectNode> objects = new ArrayList<>(nodes);
        for (ObjectNode service : services.values()) {
            objects.add(service);
            for (IpFamily family : IpFamily.values()) {
                objects.add(slice(service, family));
            }
        }
        store.write(objects);
    }

    private ObjectNode slice(ObjectNode service, IpFamily family) {
        final String name = service.at("/metadata/name").asText();
        final ObjectNode slice = JSON.createObjectNode()
                .put("apiVersion", "discovery.k8s.io/v1")
                .put("kind", "EndpointSlice")
                .put("addressType", family == IpFamily.IPV4 ? "IPv4" : "IPv6");
        slice.putObject("metadata")
                .put("name", name + (family == IpFamily.IPV4 ? "-v4" : "-v6"))
                .put("namespace", "default")
                .putObject("labels")
                .put("kubernetes.io/service-name", name);
        final ArrayNode endpoints = slice.putArray("endpoints");
        for (Pod pod : pods) {
            final ObjectNode endpoint = endpoints.addObject().put("nodeName", pod.node());
            endpoint.putArray("addresses").add(pod.address(family).toString());
            endpoint.putObject("conditions")
                    .put("ready", pod.ready())
                    .put("serving", pod.ready() || pod.terminating())
                    .put("terminating", pod.terminating());
        }
        final JsonNode port = service.at("/spec/ports/0");
        slice.putArray("ports")
                .addObject()
                .put("name", port.path("name").asText(""))
                .put("port", port.path("targetPort").asInt())
                .put("protocol", "TCP");
        return slice;
    }

    /** The names of the Services there are. */
    List<String> serviceNames() {
        return new ArrayList<>(services.keySet());
    }
}
