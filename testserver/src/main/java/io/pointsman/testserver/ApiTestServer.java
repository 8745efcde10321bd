package io.pointsman.testserver;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An API server with the parts that a proxy and its test need: lists, pages, watches, WatchLists and bookmarks; create,
 * replace, patch and delete; over HTTP/1.1, with or without TLS. Faults may handle a request before it does. It keeps its
 * address and port over a restart. Thread-safe.
 */
public final class ApiTestServer implements AutoCloseable {
    private static final long BIND_NANOS = 30_000_000_000L;

    /** Creates unbound listening sockets. */
    @FunctionalInterface
    interface Sockets {
        ServerSocket create() throws IOException;
    }

    /** Handles a request; returns false to leave it to the server. */
    @FunctionalInterface
    public interface Fault {
        boolean serve(Exchange exchange) throws IOException;
    }

    private final FakeCluster cluster;
    private final Reads reads;
    private final Writes writes;
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final String address;
    private final String scheme;
    private final String token;
    private volatile Sockets sockets;
    private final int port;
    private volatile @Nullable ServerSocket listening;

    /** Options of a server. */
    public static final class Builder {
        private final FakeCluster cluster;
        private String address = ownAddress();
        private int port;
        private String scheme = "http";
        private String token = "";
        private Sockets sockets = ServerSocket::new;
        private Duration bookmarks = Duration.ofMillis(50);
        private Consumer<ObjectNode> admission = _ -> {};

        private Builder(FakeCluster cluster) {
            this.cluster = cluster;
        }

        /** Sets the address it listens on (default: a random address of 127.0.0.0/8). */
        public Builder address(String some) {
            address = some;
            return this;
        }

        /** Sets the port it listens on (default: a free one). */
        public Builder port(int some) {
            port = some;
            return this;
        }

        /** Enables TLS with the server's identity; if a client is given, only that client may connect. */
        public Builder tls(Identity server, Optional<Identity> client) {
            scheme = "https";
            sockets = () -> server.serverSocket(client);
            return this;
        }

        /** Requires this token; other requests get 401. */
        public Builder token(String some) {
            token = some;
            return this;
        }

        /** Sets the interval of bookmarks in an idle watch (default: 50 ms). */
        public Builder bookmarks(Duration each) {
            bookmarks = each;
            return this;
        }

        /** Sets a function that completes written objects, as the server's admission does. */
        public Builder admission(Consumer<ObjectNode> some) {
            admission = some;
            return this;
        }

        /** Starts to listen, in the network namespace of the calling thread. */
        public ApiTestServer start() {
            return new ApiTestServer(this);
        }
    }

    public static Builder of(FakeCluster cluster) {
        return new Builder(cluster);
    }

    /** Starts a server without TLS, on a random loopback address. */
    public ApiTestServer(FakeCluster cluster) {
        this(of(cluster));
    }

    private ApiTestServer(Builder builder) {
        cluster = builder.cluster;
        address = builder.address;
        scheme = builder.scheme;
        token = builder.token;
        sockets = builder.sockets;
        reads = new Reads(cluster, builder.bookmarks);
        writes = new Writes(cluster, builder.admission);
        port = listen(builder.port);
    }

    /**
     * Returns a random loopback address: a client that dials a free port of 127.0.0.1 may connect to itself or take the
     * port.
     */
    public static String ownAddress() {
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

    /** Binds, with retries: a closed socket holds its port until the thread that accepted on it has noticed. */
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

    public int port() {
        return port;
    }

    public String url() {
        return scheme + "://" + address + ":" + port;
    }

    /** Writes a kubeconfig for this server, without TLS. */
    public Path kubeconfig(Path folder) {
        return kubeconfig(folder, "", token.isEmpty() ? "token: secret" : "token: " + token);
    }

    /**
     * Writes a kubeconfig for this server.
     *
     * @param more more fields of the cluster, such as {@code , certificate-authority: ca.crt}
     * @param user the user's credentials
     */
    public Path kubeconfig(Path folder, String more, String user) {
        try {
            return Files.writeString(folder.resolve("kubeconfig"), """
                    apiVersion: v1
                    kind: Config
                    current-context: test
                    contexts: [{name: test, context: {cluster: test, user: agent}}]
                    clusters: [{name: test, cluster: {server: "%s"%s}}]
                    users: [{name: agent, user: {%s}}]
                    """.formatted(url(), more, user));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public FakeCluster cluster() {
        return cluster;
    }

    /** Returns each request so far: path and query, after the method if it is not GET. */
    public List<String> requests() {
        return requests;
    }

    public long requests(Predicate<String> which) {
        return requests.stream().filter(which).count();
    }

    /** Sets the faults that may handle each request, in this order, before the server. */
    public void faults(Fault... some) {
        faults.clear();
        faults.addAll(List.of(some));
    }

    public void offerWatchList(boolean isOffered) {
        reads.offerWatchList(isOffered);
    }

    /** Ends each watch normally, as its timeout does. */
    public void endWatches() {
        reads.endWatches();
    }

    /** Cuts every connection. */
    public void cutConnections() {
        connections.forEach(ApiTestServer::closeQuietly);
    }

    /** Stops the server until it is started again: connections are refused. */
    public void stop() {
        closeQuietly(listening);
        listening = null;
        cutConnections();
    }

    /** Sets another TLS identity for its next start; if a client is given, only that client may connect. */
    public void identity(Identity server, Optional<Identity> client) {
        sockets = () -> server.serverSocket(client);
    }

    /** Starts it again, with no earlier changes to watch. */
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
            // closed in any case
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
            Optional<HttpRequest> request = HttpRequest.read(in);
            while (request.isPresent()) {
                final Exchange exchange = new Exchange(request.get(), connection, out);
                requests.add(request.get().toString());
                respond(exchange);
                if (exchange.isOver()) {
                    return;
                }
                request = HttpRequest.read(in);
            }
        } catch (IOException _) {
            // the client is gone, or the test closed the connection
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            connections.remove(connection);
        }
    }

    private void respond(Exchange exchange) throws IOException, InterruptedException {
        for (Fault fault : faults) {
            if (fault.serve(exchange)) {
                return;
            }
        }
        final Map<String, String> headers = exchange.headers();
        if (!token.isEmpty() && !("Bearer " + token).equals(headers.get("authorization"))) {
            exchange.answer(401, "application/json", Recorded.bytes("error-401.json"));
        } else if (exchange.method().equals("GET") && Reads.knows(exchange.path())) {
            reads.serve(exchange);
        } else {
            writes.serve(exchange);
        }
    }
}
