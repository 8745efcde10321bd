package io.pointsman.examples.sourceip.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What the API server would hold: the cluster's objects, in one file that every node's agent watches. An edit replaces the
 * file as a whole. Plays the controllers too: EndpointSlices follow the pods, a health check node port the policy.
 */
final class ClusterState {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String NODES = "nodes.json";
    private static final String SERVICES = "services.json";
    static final int HEALTH_CHECK_NODE_PORT = 32122;

    private final Path folder;
    private final ArrayNode nodes;
    private final Map<String, ObjectNode> shelf = new LinkedHashMap<>();
    private final Map<String, ObjectNode> services = new LinkedHashMap<>();
    private List<Pod> pods = List.of();

    /** The tutorial's nodes and no Service yet. */
    ClusterState(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        nodes = (ArrayNode) read(NODES);
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

    /** The folder that agents are pointed at. */
    Path folder() {
        return folder;
    }

    /** {@code kubectl expose}: takes a Service of the tutorial into the cluster. */
    void expose(String name) throws IOException {
        services.put(name, Objects.requireNonNull(shelf.get(name), name).deepCopy());
        write();
    }

    /** {@code kubectl patch svc NAME -p PATCH}: a JSON merge patch (RFC 7386). */
    void patch(String name, String patch) throws IOException {
        final ObjectNode service = service(name);
        merge(service, JSON.readTree(patch));
        admit(service);
        write();
    }

    private static void merge(ObjectNode target, JsonNode patch) {
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            if (field.getValue().isNull()) {
                target.remove(field.getKey());
            } else if (field.getValue().isObject() && target.get(field.getKey()) instanceof ObjectNode inner) {
                merge(inner, field.getValue());
            } else {
                target.set(field.getKey(), field.getValue());
            }
        }
    }

    /** As the API server does: a load balancer with policy Local is given a health check node port, and loses it again. */
    private static void admit(ObjectNode service) {
        final ObjectNode spec = (ObjectNode) service.get("spec");
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
        final ObjectNode list = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "List");
        final ArrayNode items = list.putArray("items").addAll(nodes);
        for (ObjectNode service : services.values()) {
            items.add(service);
            for (IpFamily family : IpFamily.values()) {
                items.add(slice(service, family));
            }
        }
        final Path next = Files.writeString(folder.resolve(".cluster.json.new"), JSON.writeValueAsString(list));
        Files.move(next, folder.resolve("cluster.json"), StandardCopyOption.ATOMIC_MOVE);
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
