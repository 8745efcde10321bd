package io.pointsman.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An API server on the nodes' network that every agent reads through its kubeconfig. Writes go over HTTP, as with {@code
 * kubectl} and the controllers, one object at a time. The next object is written when every agent has the last one in force,
 * as watches of different kinds have no common order.
 */
final class ServedStore implements ObjectStore {
    private static final int PORT = 6443;
    private static final String TOKEN = "lab";
    private static final Duration BOOKMARKS = Duration.ofSeconds(1);
    private static final String STRATEGIC = "application/strategic-merge-patch+json";
    private static final String JSON_TYPE = "application/json";

    private final ObjectMapper json = new ObjectMapper();
    private final ApiTestServer server;
    private final Path kubeconfig;
    private final ApiClient client;
    private final ManifestStore mirror;
    private final Turn turn;
    private final Map<String, ObjectNode> written = new LinkedHashMap<>();

    private ServedStore(ApiTestServer server, Path kubeconfig, ApiClient client, ManifestStore mirror, Turn turn) {
        this.server = server;
        this.kubeconfig = kubeconfig;
        this.client = client;
        this.mirror = mirror;
        this.turn = turn;
    }

    /**
     * Starts serving from a host.
     *
     * @param address address of that host, which every node reaches
     * @param folder folder for the kubeconfig and the files that {@code explain} reads
     */
    static ServedStore start(LabHost host, String address, Path folder, Turn turn) throws IOException {
        final ManifestStore mirror = new ManifestStore(Files.createDirectories(folder.resolve("manifests")), turn);
        final ApiTestServer server = host.call(() -> ApiTestServer.of(new FakeCluster())
                .address(address)
                .port(PORT)
                .token(TOKEN)
                .bookmarks(BOOKMARKS)
                .admission(ClusterState::admit)
                .start());
        return new ServedStore(
                server, server.kubeconfig(folder), new ApiClient(host, address, PORT, TOKEN), mirror, turn);
    }

    @Override
    public void write(List<ObjectNode> objects) throws IOException {
        final Map<String, ObjectNode> wanted = new LinkedHashMap<>();
        objects.forEach(object -> wanted.put(path(object), object));
        for (Map.Entry<String, ObjectNode> old : List.copyOf(written.entrySet())) {
            if (!wanted.containsKey(old.getKey())) {
                delete(old.getKey(), old.getValue());
            }
        }
        for (Map.Entry<String, ObjectNode> one : wanted.entrySet()) {
            put(one.getKey(), one.getValue());
        }
        mirror.write(objects);
    }

    private void put(String path, ObjectNode object) throws IOException {
        final ObjectNode before = written.get(path);
        if (object.equals(before)) {
            return;
        }
        final String body = object.toString();
        if (before == null) {
            turn.take(() -> client.send("POST", path.substring(0, path.lastIndexOf('/')), JSON_TYPE, body));
        } else {
            turn.take(() -> client.send("PUT", path, JSON_TYPE, body));
        }
        written.put(path, object.deepCopy());
    }

    /**
     * Deletes an object. A slice is deleted after its Service, when that changes no plan, so there is nothing to wait for.
     */
    private void delete(String path, ObjectNode object) throws IOException {
        if (object.path("kind").asText().equals("EndpointSlice")) {
            client.send("DELETE", path, JSON_TYPE, "");
        } else {
            turn.take(() -> client.send("DELETE", path, JSON_TYPE, ""));
        }
        written.remove(path);
    }

    @Override
    public ObjectNode patch(ObjectNode object, String patch) throws IOException {
        final String path = path(object);
        final List<String> answer = new ArrayList<>();
        turn.take(() -> answer.add(client.send("PATCH", path, STRATEGIC, patch)));
        final ObjectNode patched = (ObjectNode) json.readTree(answer.getFirst());
        written.put(path, patched.deepCopy());
        return patched;
    }

    private static String path(ObjectNode object) {
        final String name = object.at("/metadata/name").asText();
        return switch (object.path("kind").asText()) {
            case "Service" -> "/api/v1/namespaces/default/services/" + name;
            case "EndpointSlice" -> "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/" + name;
            case "Node" -> "/api/v1/nodes/" + name;
            default -> throw new IllegalArgumentException("a path for " + object);
        };
    }

    @Override
    public void edit(Write edit) throws IOException {
        edit.make();
    }

    @Override
    public Path manifests() {
        return mirror.manifests();
    }

    @Override
    public List<String> settings() {
        return List.of("kubeconfig: " + kubeconfig);
    }

    @Override
    public List<String> howToEdit() {
        return List.of(
                "The API server is at " + server.url() + ", and a patch takes effect, from a node for one:",
                "  curl -X PATCH -H 'Authorization: Bearer " + TOKEN + "' -H 'Content-Type: " + STRATEGIC + "' \\",
                "    " + server.url() + "/api/v1/namespaces/default/services/NAME -d '" + Tutorial.LOCAL + "'");
    }

    @Override
    public void close() {
        server.close();
    }
}
