package io.pointsman.kubernetes.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.kubernetes.decode.KubernetesObjects;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ObjectKey;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import io.pointsman.testserver.Selector;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A server, and sources of it with short timeouts. */
final class ClusterFixture implements AutoCloseable {
    static final String NODE = "kubernetes-node-6jst";
    static final Limits FAST = new Limits(
            Duration.ofMillis(5),
            Duration.ofMillis(40),
            Duration.ofMillis(40),
            Duration.ofMillis(500),
            Duration.ofMillis(2000),
            Duration.ofMillis(2000),
            Duration.ofSeconds(20),
            Duration.ofMillis(2000),
            Duration.ofMillis(200),
            Duration.ofMillis(20),
            64 << 20);

    final ApiTestServer server;
    final CatalogListener listener = new CatalogListener();
    private final Path folder;
    private final ClusterSource source;

    ClusterFixture(Path folder) {
        this(folder, FakeCluster.recorded(), FAST);
    }

    ClusterFixture(Path folder, FakeCluster cluster, Limits limits) {
        this.folder = folder;
        server = new ApiTestServer(cluster);
        source = source(limits);
    }

    ClusterSource source(Limits limits) {
        final Path kubeconfig = server.kubeconfig(folder);
        return new ClusterSource(
                new ClusterSettings(Optional.of(kubeconfig), NODE, Optional.of(folder.resolve("saved"))),
                new Connector(Optional.of(kubeconfig)),
                limits);
    }

    void start() throws ConfigException {
        source.start(listener);
    }

    /** Returns the objects of the server that a proxy should have now. */
    Map<ObjectKey, ClusterObject> expected() {
        final Map<ObjectKey, ClusterObject> expected = new HashMap<>();
        for (ClusterObject.Kind kind : ClusterObject.Kind.values()) {
            final Scope scope = Scope.of(kind, NODE).getFirst();
            final Selector selector = new Selector(Queries.whole(scope));
            for (JsonNode object : server.cluster().everything("/" + scope.path())) {
                if (selector.test(object)) {
                    decode(object).ifPresent(decoded -> expected.put(ObjectKey.of(decoded), decoded));
                }
            }
        }
        return expected;
    }

    private static Optional<ClusterObject> decode(JsonNode object) {
        try {
            return KubernetesObjects.fromJson(object);
        } catch (ConfigException e) {
            throw new AssertionError(e);
        }
    }

    void awaitEqual() {
        listener.await("the server's state", now -> now.objects().equals(expected()));
    }

    static String service(String name, String clusterIp) {
        return """
                {"kind":"Service","apiVersion":"v1","metadata":{"name":"%s","namespace":"default"},
                 "spec":{"clusterIP":"%s","clusterIPs":["%s"],"ports":[{"port":80,"protocol":"TCP"}],"type":"ClusterIP"}}
                """.formatted(name, clusterIp, clusterIp);
    }

    static String slice(String name, String service, String... addresses) {
        final StringBuilder endpoints = new StringBuilder();
        for (String address : addresses) {
            endpoints
                    .append(endpoints.isEmpty() ? "" : ",")
                    .append("{\"addresses\":[\"" + address + "\"],\"conditions\":{}}");
        }
        return """
                {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"%s","namespace":"default",
                 "labels":{"kubernetes.io/service-name":"%s"}},"addressType":"IPv4","endpoints":[%s],
                 "ports":[{"name":"","port":8080,"protocol":"TCP"}]}
                """.formatted(name, service, endpoints);
    }

    @Override
    public void close() {
        source.close();
        server.close();
    }
}
