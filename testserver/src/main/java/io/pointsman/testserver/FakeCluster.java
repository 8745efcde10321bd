package io.pointsman.testserver;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An API server's store: objects by path and name, one version counter for all, and the events that a watch may still ask
 * for. Thread-safe; waiting watches are woken by changes.
 */
public final class FakeCluster {
    public static final String SERVICES = "/api/v1/services";
    public static final String SLICES = "/apis/discovery.k8s.io/v1/endpointslices";
    public static final String NODES = "/api/v1/nodes";
    public static final String SERVICE_CIDRS = "/apis/networking.k8s.io/v1/servicecidrs";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** A change of an object; null before if it is new, null after if it is deleted. */
    record Change(
            String path,
            @Nullable JsonNode before,
            @Nullable JsonNode after,
            long version) {}

    record Listed(List<JsonNode> objects, long version) {}

    private final Map<String, Map<String, JsonNode>> objects = new TreeMap<>();
    private final List<Change> history = new ArrayList<>();
    private long version = 1000;
    private long forgotten; // changes up to this version can't be watched any more
    private long generation; // grows when watches have to check again

    /** Creates an empty cluster. */
    public FakeCluster() {}

    /** Creates the cluster recorded from the tutorial. */
    public static FakeCluster recorded() {
        final FakeCluster cluster = new FakeCluster();
        for (String list : List.of(
                "services-list.json", "endpointslices-list.json", "nodes-list.json", "servicecidrs-list.json")) {
            cluster.putAll(list(list));
        }
        return cluster;
    }

    private static JsonNode list(String recorded) {
        try {
            return JSON.readTree(Recorded.bytes(recorded));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void putAll(JsonNode list) {
        final String kind = list.get("kind").asText().replaceFirst("List$", "");
        for (JsonNode item : list.get("items")) {
            final ObjectNode object = JSON.createObjectNode();
            object.put("kind", kind);
            object.put("apiVersion", list.get("apiVersion").asText());
            object.setAll((ObjectNode) item);
            put(object);
        }
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Creates or replaces an object. */
    public void put(String json) {
        put((ObjectNode) json(json));
    }

    /** Creates or replaces an object, which the cluster then owns. */
    public synchronized void put(ObjectNode object) {
        final String path = path(object.get("kind").asText());
        version++;
        ((ObjectNode) object.get("metadata")).put("resourceVersion", Long.toString(version));
        final JsonNode before = all(path).put(name(object), object);
        changed(new Change(path, before, object, version));
    }

    /** Deletes an object, if present. */
    public synchronized void delete(String kind, String name) {
        final JsonNode before = all(path(kind)).remove(name);
        if (before != null) {
            version++;
            changed(new Change(path(kind), before, null, version));
        }
    }

    /** Changes an object, as a patch does. */
    public synchronized void edit(String kind, String name, UnaryOperator<ObjectNode> edit) {
        final JsonNode before = Objects.requireNonNull(all(path(kind)).get(name), name);
        put(edit.apply(before.deepCopy()));
    }

    private void changed(Change change) {
        history.add(change);
        generation++;
        notifyAll();
    }

    private Map<String, JsonNode> all(String path) {
        return objects.computeIfAbsent(path, _ -> new TreeMap<>());
    }

    private static String name(JsonNode object) {
        final JsonNode metadata = object.get("metadata");
        return metadata.has("namespace")
                ? metadata.get("namespace").asText() + "/"
                        + metadata.get("name").asText()
                : metadata.get("name").asText();
    }

    private static String path(String kind) {
        return switch (kind) {
            case "Service" -> SERVICES;
            case "EndpointSlice" -> SLICES;
            case "Node" -> NODES;
            case "ServiceCIDR" -> SERVICE_CIDRS;
            default -> throw new IllegalArgumentException(kind);
        };
    }

    static String kind(String path) {
        return switch (path) {
            case SERVICES -> "Service";
            case SLICES -> "EndpointSlice";
            case NODES -> "Node";
            case SERVICE_CIDRS -> "ServiceCIDR";
            default -> throw new IllegalArgumentException(path);
        };
    }

    /** Returns an object by name, as {@code namespace/name} if it has a namespace; null if there is none. */
    synchronized @Nullable JsonNode get(String kind, String name) {
        return all(path(kind)).get(name);
    }

    synchronized Listed list(String path, Predicate<JsonNode> selector) {
        return new Listed(all(path).values().stream().filter(selector).toList(), version);
    }

    /** Returns all objects of a kind, as JSON. */
    public synchronized List<JsonNode> everything(String path) {
        return List.copyOf(all(path).values());
    }

    synchronized long version() {
        return version;
    }

    /** Advances the version, as unrelated changes do. */
    public synchronized void advance(int versions) {
        version += versions;
    }

    /** Forgets earlier changes, as a restart does: they can't be watched any more. */
    public synchronized void forget() {
        forgotten = version;
        generation++;
        notifyAll();
    }

    synchronized boolean isForgotten(long since) {
        return since < forgotten;
    }

    /** Returns the changes after a version that are still remembered. */
    synchronized List<Change> since(long since) {
        return history.stream().filter(change -> change.version() > since).toList();
    }

    synchronized long generation() {
        return generation;
    }

    /** Waits for a new generation, up to the given time. */
    synchronized void await(long seen, long millis) throws InterruptedException {
        final long deadline = System.nanoTime() + millis * 1_000_000;
        for (long left = millis; generation == seen && left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
            wait(left);
        }
    }

    /** Wakes all waiting watches. */
    synchronized void wake() {
        generation++;
        notifyAll();
    }

    /** Returns a copy of the current state, like a backup of etcd. */
    public synchronized FakeCluster backup() {
        final FakeCluster copy = new FakeCluster();
        objects.forEach((path, some) -> copy.objects.put(path, new TreeMap<>(some)));
        copy.version = version;
        copy.forgotten = version;
        return copy;
    }

    /** Replaces the store by a backup, versions included. */
    public synchronized void restore(FakeCluster backup) {
        objects.clear();
        backup.objects.forEach((path, some) -> objects.put(path, new TreeMap<>(some)));
        version = backup.version;
        forgotten = version;
        history.clear();
        generation++;
        notifyAll();
    }
}
