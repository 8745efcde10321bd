package io.pointsman.kubernetes.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An API server as far as a proxy meets it: lists, pages, watches, WatchLists and bookmarks over HTTP/1.1 on loopback. Faults
 * take requests before it does. It keeps its port over a restart.
 */
public final class ApiTestServer implements AutoCloseable {
    private static final long BOOKMARK_MILLIS = 50;
    private static final long BIND_NANOS = 30_000_000_000L;
    private static final int MAX_LINE = 64 << 10;

    /** Makes listening sockets that are not bound yet. */
    interface Sockets {
        ServerSocket create() throws IOException;
    }

    /** Takes a request; false to leave it to the server. */
    @FunctionalInterface
    public interface Fault {
        boolean serve(Exchange exchange) throws IOException;
    }

    private final FakeCluster cluster;
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final String address;
    private final String scheme;
    private final Sockets sockets;
    private final int port;
    private volatile @Nullable ServerSocket listening;
    private volatile boolean offersWatchList = true;
    private volatile long endedWatches;

    /** A server without TLS. */
    public ApiTestServer(FakeCluster cluster) {
        this(cluster, ownAddress(), "http", ServerSocket::new);
    }

    ApiTestServer(FakeCluster cluster, String address, String scheme, Sockets sockets) {
        this.cluster = cluster;
        this.address = address;
        this.scheme = scheme;
        this.sockets = sockets;
        port = listen(0);
    }

    /** One that nobody else has: a client that finds nobody on 127.0.0.1 may meet itself there, or take the port. */
    static String ownAddress() {
        final Random random = new Random();
        return "127." + (1 + random.nextInt(254)) + "." + random.nextInt(256) + "." + (1 + random.nextInt(254));
    }

    private int listen(int wanted) {
        try {
            final ServerSocket socket = sockets.create();
            socket.setReuseAddress(true);
            bind(socket, wanted);
            listening = socket;
            Thread.ofVirtual().start(() -> accept(socket));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A socket that was just closed holds its port until the thread that accepted on it has noticed. */
    private void bind(ServerSocket socket, int wanted) throws IOException {
        final long deadline = System.nanoTime() + BIND_NANOS;
        while (true) {
            try {
                socket.bind(new InetSocketAddress(address, wanted));
                return;
            } catch (BindException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    private void accept(ServerSocket socket) {
        try {
            while (true) {
                final Socket connection = socket.accept();
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException _) {
            // closed
        }
    }

    int port() {
        return port;
    }

    public String url() {
        return scheme + "://" + address + ":" + port;
    }

    /** A kubeconfig for it. */
    public Path kubeconfig(Path folder) {
        final Path file = folder.resolve("kubeconfig");
        try {
            return Files.writeString(file, """
                    apiVersion: v1
                    kind: Config
                    current-context: test
                    contexts: [{name: test, context: {cluster: test, user: agent}}]
                    clusters: [{name: test, cluster: {server: %s}}]
                    users: [{name: agent, user: {token: secret}}]
                    """.formatted(url()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public FakeCluster cluster() {
        return cluster;
    }

    /** Each request so far: path and query. */
    public List<String> requests() {
        return requests;
    }

    public long requests(Predicate<String> which) {
        return requests.stream().filter(which).count();
    }

    /** Has faults look at each request, in this order, before the server. */
    public void faults(Fault... some) {
        faults.clear();
        faults.addAll(List.of(some));
    }

    public void offerWatchList(boolean isOffered) {
        offersWatchList = isOffered;
    }

    /** Ends each watch in order, as its time-out does. */
    public void endWatches() {
        endedWatches = System.nanoTime();
        cluster.wake();
    }

    /** Cuts every connection. */
    public void cutConnections() {
        connections.forEach(ApiTestServer::closeQuietly);
    }

    /** Is away until it is started again: connections are refused. */
    public void stop() {
        closeQuietly(listening);
        listening = null;
        cutConnections();
    }

    /** Is back, and has forgotten all that could be watched. */
    public void start() {
        cluster.forget();
        listen(port);
    }

    private static void closeQuietly(@Nullable Closeable socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException _) {
            // gone all the same
        }
    }

    @Override
    public void close() {
        stop();
    }

    private void serve(Socket connection) {
        try (connection) {
            final InputStream in = new BufferedInputStream(connection.getInputStream());
            final BufferedOutputStream out = new BufferedOutputStream(connection.getOutputStream());
            for (String line = line(in); !line.isEmpty(); line = line(in)) {
                final String target = line.split(" ", -1)[1];
                final Map<String, String> headers = new LinkedHashMap<>();
                for (String header = line(in); !header.isEmpty(); header = line(in)) {
                    final int colon = header.indexOf(':');
                    headers.put(
                            header.substring(0, colon).toLowerCase(Locale.ROOT),
                            header.substring(colon + 1).strip());
                }
                final int question = target.indexOf('?');
                final Exchange exchange = new Exchange(
                        question < 0 ? target : target.substring(0, question),
                        query(question < 0 ? "" : target.substring(question + 1)),
                        headers,
                        connection,
                        out);
                requests.add(URLDecoder.decode(target, StandardCharsets.UTF_8));
                respond(exchange);
                if (exchange.isOver()) {
                    return;
                }
            }
        } catch (IOException _) {
            // the other end is gone, or the test wants it so
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            connections.remove(connection);
        }
    }

    /** A line without its end; empty at the end of the stream, too. */
    private static String line(InputStream in) throws IOException {
        final StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n' && line.length() < MAX_LINE; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private static Map<String, String> query(String text) {
        final Map<String, String> query = new LinkedHashMap<>();
        for (String part : text.split("&", -1)) {
            final int equals = part.indexOf('=');
            if (equals > 0) {
                query.put(
                        part.substring(0, equals),
                        URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return query;
    }

    private void respond(Exchange exchange) throws IOException, InterruptedException {
        for (Fault fault : faults) {
            if (fault.serve(exchange)) {
                return;
            }
        }
        if (!List.of(FakeCluster.SERVICES, FakeCluster.SLICES, FakeCluster.NODES)
                .contains(exchange.path())) {
            exchange.answer(404, "text/plain", Recorded.bytes("error-404-group.txt"));
        } else if (exchange.isWatch()) {
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
        final FakeCluster.Listed listed = cluster.list(exchange.path(), new Selector(exchange.query()));
        final int from = Integer.parseInt(exchange.query().getOrDefault("continue", "0"));
        final int limit = Integer.parseInt(exchange.query().getOrDefault("limit", "1000000"));
        final int to = Math.min(listed.objects().size(), from + limit);
        final List<String> items = new ArrayList<>();
        for (JsonNode object : listed.objects().subList(Math.min(from, to), to)) {
            items.add(object.toString());
        }
        final String next = to < listed.objects().size() ? ",\"continue\":\"" + to + "\"" : "";
        exchange.head();
        exchange.chunk(
                "{\"kind\":\"" + FakeCluster.kind(exchange.path()) + "List\",\"apiVersion\":\"v1\",\"metadata\":{"
                        + "\"resourceVersion\":\"" + listed.version() + "\"" + next + "},");
        exchange.chunk("\"items\":[" + String.join(",", items) + "]}\n");
        exchange.lastChunk();
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
            final long upTo = cluster.version(); // read before the changes: a bookmark must not pass one over
            for (FakeCluster.Change change : cluster.since(version)) {
                if (change.path().equals(exchange.path())) {
                    event(exchange, selector, change);
                }
                version = change.version();
            }
            if (endedWatches - startNanos > 0) {
                break;
            }
            if (version <= cluster.version()) { // else it is one of the future: silence
                version = Math.max(version, upTo);
                bookmark(exchange, version, "");
            }
            cluster.await(seen, BOOKMARK_MILLIS);
        }
        if (!exchange.isOver()) {
            exchange.lastChunk();
        }
    }

    private long initialEvents(Exchange exchange, Selector selector) throws IOException {
        final FakeCluster.Listed listed = cluster.list(exchange.path(), selector);
        for (JsonNode object : listed.objects()) {
            exchange.chunk("{\"type\":\"ADDED\",\"object\":" + object + "}\n");
        }
        bookmark(exchange, listed.version(), ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}");
        return listed.version();
    }

    private static void bookmark(Exchange exchange, long version, String more) throws IOException {
        exchange.chunk("{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"" + FakeCluster.kind(exchange.path())
                + "\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"" + version + "\"" + more + "}}}\n");
    }

    /** An object that leaves the selection is DELETED as it was, with the new version. */
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
