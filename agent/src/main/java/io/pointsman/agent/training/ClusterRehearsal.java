package io.pointsman.agent.training;

import io.pointsman.kubernetes.cluster.ClusterSettings;
import io.pointsman.kubernetes.cluster.ClusterSource;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ServiceSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Reads a cluster of one Service once, from a server on the loopback interface. */
final class ClusterRehearsal {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String NODE = "rehearsal";
    private static final Map<String, String> OBJECTS = Map.of(
            "/services", """
            {"kind":"Service","apiVersion":"v1","metadata":{"name":"s","namespace":"n","resourceVersion":"1"},\
            "spec":{"clusterIP":"10.96.0.1","clusterIPs":["10.96.0.1"],"type":"ClusterIP","ports":[{"name":"http",\
            "protocol":"TCP","port":80,"targetPort":8080}]},"status":{"loadBalancer":{}}}""",
            "/endpointslices", """
            {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"s-1","namespace":"n",\
            "resourceVersion":"1","labels":{"kubernetes.io/service-name":"s"}},"addressType":"IPv4",\
            "endpoints":[{"addresses":["10.244.0.5"],"conditions":{"ready":true},"nodeName":"rehearsal"}],\
            "ports":[{"name":"http","protocol":"TCP","port":8080}]}""",
            "/nodes", """
            {"kind":"Node","apiVersion":"v1","metadata":{"name":"rehearsal","resourceVersion":"1"},\
            "status":{"addresses":[{"type":"InternalIP","address":"10.240.0.2"}]}}""",
            "/servicecidrs", """
            {"kind":"ServiceCIDR","apiVersion":"networking.k8s.io/v1","metadata":{"name":"kubernetes",\
            "resourceVersion":"1"},"spec":{"cidrs":["10.96.0.0/12"]}}""");

    private ClusterRehearsal() {}

    /** Whether the whole state was read in time. */
    static boolean run() throws IOException, InterruptedException {
        final Path folder = Files.createTempDirectory("pointsman-rehearsal");
        final Path kubeconfig = folder.resolve("kubeconfig");
        try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().name("pointsman-rehearsal").daemon().start(() -> serve(listening));
            Files.writeString(kubeconfig, """
                    apiVersion: v1
                    kind: Config
                    current-context: it
                    contexts: [{name: it, context: {cluster: it, user: it}}]
                    clusters: [{name: it, cluster: {server: "http://127.0.0.1:%d"}}]
                    users: [{name: it, user: {token: none}}]
                    """.formatted(listening.getLocalPort()));
            return read(kubeconfig);
        } finally {
            Files.deleteIfExists(kubeconfig);
            Files.delete(folder);
        }
    }

    private static boolean read(Path kubeconfig) throws InterruptedException {
        final CountDownLatch complete = new CountDownLatch(1);
        try (ServiceSource source =
                new ClusterSource(new ClusterSettings(Optional.of(kubeconfig), NODE, Optional.empty()))) {
            source.start(new ServiceSource.Listener() {
                @Override
                public void changed(List<ObjectChange> changes) {
                    // it only matters that they are read
                }

                @Override
                public void synced() {
                    complete.countDown();
                }

                @Override
                public void problems(List<ServiceSource.Problem> current) {
                    // the server ends each watch at once, which is no problem here
                }
            });
            return complete.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ConfigException e) {
            throw new IllegalStateException("a kubeconfig of its own", e);
        }
    }

    private static void serve(ServerSocket listening) {
        while (true) {
            try {
                final Socket client = listening.accept();
                Thread.ofPlatform().daemon().start(() -> answer(client));
            } catch (IOException _) {
                return; // closed: the rehearsal is over
            }
        }
    }

    /** Answers a watch with the initial events of the requested kind. */
    private static void answer(Socket client) {
        try (client) {
            final BufferedReader in =
                    new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            final String request = in.readLine();
            for (String header = request; header != null && !header.isEmpty(); header = in.readLine()) {
                // no header matters
            }
            final String body = OBJECTS.entrySet().stream()
                    .filter(object -> request != null && request.contains(object.getKey() + "?"))
                    .map(object -> "{\"type\":\"ADDED\",\"object\":" + object.getValue() + "}\n"
                            + "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"2\","
                            + "\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}}}}\n")
                    .findFirst()
                    .orElse("");
            client.getOutputStream()
                    .write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                                    + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.US_ASCII));
        } catch (IOException _) {
            // the rehearsal is over, or timed out
        }
    }
}
