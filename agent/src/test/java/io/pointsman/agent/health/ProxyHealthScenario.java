package io.pointsman.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pointsman.agent.http.HttpServers;
import io.pointsman.agent.http.Listener;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Node;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The proxy's own /healthz and /livez. */
final class ProxyHealthScenario implements HealthScenario {
    private final HttpServers servers = new HttpServers();
    private final HttpClient client = HttpClient.newHttpClient();
    private final TestClock clock = new TestClock();
    private final Instant start = clock.instant();
    private final Map<Integer, Integer> requestsByStatus = new ConcurrentHashMap<>();
    private final JsonNode request;
    private final String path;
    private final ProxyHealth health;
    private final Listener listener;

    ProxyHealthScenario(JsonNode request) throws IOException {
        this.request = request;
        path = request.get("path").asText();
        health = new ProxyHealth(
                clock,
                clock::nanoTime,
                Duration.ofSeconds(request.get("healthTimeoutSeconds").asLong()),
                Optional::empty);
        listener = servers.open(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new HealthzResponder(health, (_, status) -> requestsByStatus.merge(status, 1, Integer::sum)));
    }

    @Override
    public void play(JsonNode step) throws IOException, InterruptedException {
        step.path("updated").forEach(family -> health.updated(family(family)));
        step.path("queued").forEach(family -> health.queued(family(family)));
        clock.advance(Duration.ofSeconds(step.path("advanceSeconds").asLong(0)));
        if (step.has("node")) {
            health.nodeEligible(node(step.get("node")).isEligible());
        }
        final JsonNode expected = step.get("expect");
        final HttpResponse<String> response =
                HealthScenario.get(client, listener.address(), path, request.path("headers"));
        assertThat(response.statusCode()).isEqualTo(expected.get("status").asInt());
        HealthScenario.assertHeaders(response, request.path("headers"));
        if (expected.has("body")) {
            final JsonNode body = MAPPER.readTree(response.body());
            inSeconds(body);
            body.path("status").forEach(this::inSeconds);
            assertThat(MAPPER.readTree(body.toString())).isEqualTo(expected.get("body"));
        }
        for (Map.Entry<String, JsonNode> count :
                expected.path("requestsByStatus").properties()) {
            assertThat(requestsByStatus.getOrDefault(Integer.valueOf(count.getKey()), 0))
                    .as("replies with status %s", count.getKey())
                    .isEqualTo(count.getValue().asInt());
        }
    }

    /** Converts the timestamps of an object to seconds since the start, as cases write them. */
    private void inSeconds(JsonNode object) {
        for (String field : List.of("currentTime", "lastUpdated")) {
            if (object.has(field)) {
                final Instant time = Instant.parse(object.get(field).asText());
                ((ObjectNode) object).put(field, Duration.between(start, time).toSeconds());
            }
        }
    }

    private static IpFamily family(JsonNode name) {
        return switch (name.asText()) {
            case "IPv4" -> IpFamily.IPV4;
            case "IPv6" -> IpFamily.IPV6;
            default -> throw new IllegalArgumentException("no address family: " + name);
        };
    }

    private static Node node(JsonNode node) {
        final Set<String> taints = new HashSet<>();
        node.path("spec")
                .path("taints")
                .forEach(taint -> taints.add(taint.path("key").asText()));
        final boolean beingDeleted = node.path("metadata").has("deletionTimestamp");
        return new Node("node", List.of(), Optional.empty(), List.of(), beingDeleted, taints);
    }

    @Override
    public void close() {
        client.close();
        listener.close();
        servers.close();
    }
}
