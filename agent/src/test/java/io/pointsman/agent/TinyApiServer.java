package io.pointsman.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A minimal API server, for an agent that reads a few objects by WatchList. Other tests cover faults. */
final class TinyApiServer implements AutoCloseable {
    private record Event(String path, String json) {}

    private final List<Event> events = new ArrayList<>(); // guarded by this
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;

    TinyApiServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::watch);
        server.setExecutor(threads);
        server.start();
    }

    Path kubeconfig(Path folder) throws IOException {
        return Files.writeString(
                folder.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: test
                contexts: [{name: test, context: {cluster: test, user: agent}}]
                clusters: [{name: test, cluster: {server: "http://127.0.0.1:%d"}}]
                users: [{name: agent, user: {token: secret}}]
                """.formatted(server.getAddress().getPort()));
    }

    /** Creates an object, or replaces the one of its name. */
    synchronized void put(String path, String json) {
        events.add(new Event(path, "{\"type\":\"MODIFIED\",\"object\":" + json.replace('\n', ' ') + "}\n"));
        notifyAll();
    }

    /** Deletes an object; the event has its last state. */
    synchronized void delete(String path, String json) {
        events.add(new Event(path, "{\"type\":\"DELETED\",\"object\":" + json.replace('\n', ' ') + "}\n"));
        notifyAll();
    }

    private void watch(HttpExchange exchange) throws IOException {
        final String path = exchange.getRequestURI().getPath();
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            int next = 0;
            boolean isInitial = true;
            while (true) {
                for (Event event : after(next)) {
                    next++;
                    if (event.path().equals(path)) {
                        out.write(event.json().getBytes(StandardCharsets.UTF_8));
                    }
                }
                if (isInitial) {
                    isInitial = false;
                    out.write(
                            ("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"1\",\"annotations\":"
                                            + "{\"k8s.io/initial-events-end\":\"true\"}}}}\n")
                                    .getBytes(StandardCharsets.UTF_8));
                }
                out.flush();
                await(next);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized List<Event> after(int seen) {
        return List.copyOf(events.subList(seen, events.size()));
    }

    private synchronized void await(int seen) throws InterruptedException {
        while (events.size() == seen) {
            wait();
        }
    }

    /** Ends every connection and refuses new ones; further calls have no effect. */
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    @Override
    public void close() {
        stop();
    }
}
