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
 * The cluster's objects, as its users and controllers make them: EndpointSlices follow the pods, and a health check node
 * port follows the policy. Agents read them from a store.
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

    /** Creates the tutorial's nodes, without Services. */
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

    /** Returns the store that agents read. */
    ObjectStore store() {
        return store;
    }

    /** Adds a Service of the tutorial to the cluster, as {@code kubectl expose} does. */
    void expose(String name) throws IOException {
        services.put(name, Objects.requireNonNull(shelf.get(name), name).deepCopy());
        write();
    }

    /** Changes a Service, as {@code kubectl patch svc NAME -p PATCH} does. */
    void patch(String name, String patch) throws IOException {
        services.put(name, store.patch(service(name), patch));
        write();
    }

    /**
     * Sets the health check node port of a load balancer with policy Local, and removes it otherwise, as the API server
     * does.
     */
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

    /** Deletes all Services, as {@code kubectl delete svc -l app=source-ip-app} does. */
    void deleteServices() throws IOException {
        services.clear();
        write();
    }

    /** Sets the existing pods; every Service selects all of them. */
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

    /** Returns a Service, as {@code kubectl get svc NAME -o yaml} prints it. */
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

    /** Returns the names of the existing Services. */
    List<String> serviceNames() {
        return new ArrayList<>(services.keySet());
    }
}
