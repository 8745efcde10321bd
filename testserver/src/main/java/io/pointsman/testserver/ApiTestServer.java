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
 * An API server as far as a proxy and who changes its cluster meet it: lists, pages, watches, WatchLists and bookmarks;
 * create, replace, patch and delete; over HTTP/1.1, with TLS or without. Faults take requests before it does. It keeps its
 * address and port over a restart. Thread-safe.
 */
public final class ApiTestServer implements AutoCloseable {
    private static final long BIND_NANOS = 30_000_000_000L;

    /** Makes listening sockets that are not bound yet. */
    @FunctionalInterface
    interface Sockets {
        ServerSocket create() throws IOException;
    }

    /** Takes a request; false to leave it to the server. */
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

    /** How a server is to be. */
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

        /** Where it listens (default: an address of 127.0.0.0/8 that nobody else has). */
        public Builder address(String some) {
            address = some;
            return this;
        }

        /** The port it listens on (default: a free one). */
        public Builder port(int some) {
            port = some;
            return this;
        }

        /** It speaks TLS as this identity; whoever connects has to be the client, where one is given. */
        public Builder tls(Identity server, Optional<Identity> client) {
            scheme = "https";
            sockets = () -> server.serverSocket(client);
            return this;
        }

        /** It knows only who brings this token; others are told 401. */
        public Builder token(String some) {
            token = some;
            return this;
        }

        /** How often a watch without news gets a bookmark (default: 50 ms). */
        public Builder bookmarks(Duration each) {
            bookmarks = each;
            return this;
        }

        /** What the server itself fills in of an object that is written. */
        public Builder admission(Consumer<ObjectNode> some) {
            admission = some;
            return this;
        }

        /** Listens from now on, in the network namespace of the calling thread. */
        public ApiTestServer start() {
            return new ApiTestServer(this);
        }
    }

    public static Builder of(FakeCluster cluster) {
        return new Builder(cluster);
    }

    /** A server without TLS, somewhere on loopback. */
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

    /** One that nobody else has: a client that finds nobody on 127.0.0.1 may meet itself there, or take the port. */
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

    public int port() {
        return port;
    }

    public String url() {
        return scheme + "://" + address + ":" + port;
    }

    /** A kubeconfig for it, without TLS. */
    public Path kubeconfig(Path folder) {
        return kubeconfig(folder, "", token.isEmpty() ? "token: secret" : "token: " + token);
    }

    /**
     * A kubeconfig for it.
     *
     * @param more of the cluster, such as {@code , certificate-authority: ca.crt}
     * @param user who the client is
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

    /** Each request so far: path and query; with the method before it where that is not GET. */
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
        reads.offerWatchList(isOffered);
    }

    /** Ends each watch in order, as its time-out does. */
    public void endWatches() {
        reads.endWatches();
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

    /** Is another one over TLS from its next start on; whoever connects has to be the client, where one is given. */
    public void identity(Identity server, Optional<Identity> client) {
        sockets = () -> server.serverSocket(client);
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
            // the other end is gone, or the test wants it so
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
