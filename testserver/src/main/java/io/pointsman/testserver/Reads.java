package io.pointsman.testserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Serves lists, pages, watches, WatchLists and bookmarks of a cluster's objects. */
final class Reads {
    private static final List<String> COLLECTIONS =
            List.of(FakeCluster.SERVICES, FakeCluster.SLICES, FakeCluster.NODES, FakeCluster.SERVICE_CIDRS);

    private final FakeCluster cluster;
    private final Map<String, Rendered> rendered = new ConcurrentHashMap<>(); // by path and name
    private final Map<String, Selected> selected = new ConcurrentHashMap<>(); // by path and selectors
    private final long bookmarkMillis;
    private volatile boolean offersWatchList = true;
    private volatile long endedWatches;

    /** An object as text, kept because rendering thousands took longer than a client's work with them. */
    private record Rendered(JsonNode object, String text) {}

    /** Result of a selection, valid for one generation and version of the cluster. */
    private record Selected(FakeCluster.Listed listed, long generation) {}

    Reads(FakeCluster cluster, Duration bookmarks) {
        this.cluster = cluster;
        bookmarkMillis = bookmarks.toMillis();
    }

    /** Whether a path is that of a readable collection. */
    static boolean knows(String path) {
        return COLLECTIONS.contains(path);
    }

    void offerWatchList(boolean isOffered) {
        offersWatchList = isOffered;
    }

    /** Ends each watch normally, as its timeout does. */
    void endWatches() {
        endedWatches = System.nanoTime();
        cluster.wake();
    }

    void serve(Exchange exchange) throws IOException, InterruptedException {
        if (exchange.isWatch()) {
            watch(exchange);
        } else {
            list(exchange);
        }
    }

    private void list(Exchange exchange) throws IOException {
        final long asked = Long.parseLong(exchange.query().getOrDefault("resourceVersion", "0"));
        if (asked > cluster.version()) {
            exchange.answer(504, "application/json", Recorded.bytes("error-504-too-large.json"));
            return;
        }
        final FakeCluster.Listed listed = selected(exchange);
        final int from = Integer.parseInt(exchange.query().getOrDefault("continue", "0"));
        final int limit = Integer.parseInt(exchange.query().getOrDefault("limit", "1000000"));
        final int to = Math.min(listed.objects().size(), from + limit);
        final List<String> items = new ArrayList<>();
        for (JsonNode object : listed.objects().subList(Math.min(from, to), to)) {
            items.add(text(exchange.path(), object));
        }
        final String next = to < listed.objects().size() ? ",\"continue\":\"" + to + "\"" : "";
        exchange.head();
        exchange.chunk(
                "{\"kind\":\"" + FakeCluster.kind(exchange.path()) + "List\",\"apiVersion\":\"v1\",\"metadata\":{"
                        + "\"resourceVersion\":\"" + listed.version() + "\"" + next + "},");
        exchange.chunk("\"items\":[" + String.join(",", items) + "]}\n");
        exchange.lastChunk();
    }

    /**
     * Returns the selected objects, computed once for all pages, so that the time for a list is not quadratic in its length.
     */
    private FakeCluster.Listed selected(Exchange exchange) {
        final String name = exchange.path() + "?" + exchange.query().getOrDefault("labelSelector", "") + "&"
                + exchange.query().getOrDefault("fieldSelector", "");
        final long generation = cluster.generation();
        Selected known = selected.get(name);
        if (known == null || known.generation() != generation || known.listed().version() != cluster.version()) {
            known = new Selected(cluster.list(exchange.path(), new Selector(exchange.query())), generation);
            selected.put(name, known);
        }
        return known.listed();
    }

    @SuppressWarnings("ReferenceEquality") // a changed object is a new one; comparing its content takes too long
    private String text(String path, JsonNode object) {
        final JsonNode metadata = object.get("metadata");
        final String name = path + "/" + metadata.path("namespace").asText() + "/"
                + metadata.get("name").asText();
        Rendered known = rendered.get(name);
        if (known == null || known.object() != object) {
            known = new Rendered(object, object.toString());
            rendered.put(name, known);
        }
        return known.text();
    }

    private void watch(Exchange exchange) throws IOException, InterruptedException {
        final boolean initial = exchange.query().containsKey("sendInitialEvents");
        if (initial && !offersWatchList) {
            exchange.answer(422, "application/json", Recorded.bytes("error-422-list-options.json"));
            return;
        }
        final long startNanos = System.nanoTime();
        final Selector selector = new Selector(exchange.query());
        exchange.head();
        long version = initial
                ? initialEvents(exchange, selector)
                : Long.parseLong(exchange.query().get("resourceVersion"));
        while (!exchange.isOver()) {
            final long seen = cluster.generation();
            if (cluster.isForgotten(version)) {
                exchange.chunk(Recorded.bytes("watch-410.jsonl"));
                break;
            }
            final long upTo = cluster.version(); // read before the changes, so that a bookmark skips none
            for (FakeCluster.Change change : cluster.since(version)) {
                if (change.path().equals(exchange.path())) {
                    event(exchange, selector, change);
                }
                version = change.version();
            }
            if (endedWatches - startNanos > 0) {
                break;
            }
            if (version <= cluster.version()) { // else it is a version of the future: no events
                version = Math.max(version, upTo);
                bookmark(exchange, version, "");
            }
            cluster.await(seen, bookmarkMillis);
        }
        if (!exchange.isOver()) {
            exchange.lastChunk();
        }
    }

    private long initialEvents(Exchange exchange, Selector selector) throws IOException {
        final FakeCluster.Listed listed = cluster.list(exchange.path(), selector);
        for (JsonNode object : listed.objects()) {
            exchange.chunkLater("{\"type\":\"ADDED\",\"object\":" + text(exchange.path(), object) + "}\n");
        }
        bookmark(exchange, listed.version(), ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}");
        return listed.version();
    }

    private static void bookmark(Exchange exchange, long version, String more) throws IOException {
        exchange.chunk("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"" + FakeCluster.kind(exchange.path())
                + "\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"" + version + "\"" + more + "}}}\n");
    }

    /** Sends an event. An object that leaves the selection is DELETED in its old state, with the new version. */
    private static void event(Exchange exchange, Selector selector, FakeCluster.Change change) throws IOException {
        final JsonNode before = change.before();
        final boolean was = before != null && selector.test(before);
        final boolean is = change.after() != null && selector.test(change.after());
        if (is) {
            exchange.chunk("{\"type\":\"" + (was ? "MODIFIED" : "ADDED") + "\",\"object\":" + change.after() + "}\n");
        } else if (before != null && was) {
            final ObjectNode gone = before.deepCopy();
            ((ObjectNode) gone.get("metadata")).put("resourceVersion", Long.toString(change.version()));
            exchange.chunk("{\"type\":\"DELETED\",\"object\":" + gone + "}\n");
        }
    }
}
