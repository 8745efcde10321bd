package io.pointsman.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;

/** Plays the steps of one conformance case against real HTTP listeners. */
interface HealthScenario extends AutoCloseable {
    ObjectMapper MAPPER = new ObjectMapper();

    /** Returns the player for a case: with a {@code request} for the proxy's own health, else for service ports. */
    static HealthScenario of(JsonNode request, JsonNode node) throws IOException {
        return request.isMissingNode() ? new ServiceHealthScenario(node) : new ProxyHealthScenario(request);
    }

    /** Applies one step's changes and checks its expectations. */
    void play(JsonNode step) throws IOException, InterruptedException;

    @Override
    void close();

    /** Sends a GET, which asks for JSON if that is expected. */
    static HttpResponse<String> get(HttpClient client, InetSocketAddress server, String path, JsonNode headers)
            throws IOException, InterruptedException {
        final HttpRequest.Builder request = HttpRequest.newBuilder(
                URI.create("http://" + server.getAddress().getHostAddress() + ":" + server.getPort() + path));
        if (headers.path("Content-Type").asText("application/json").equals("application/json")) {
            request.header("Accept", "application/json");
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Checks the whole value of each expected header. */
    static void assertHeaders(HttpResponse<?> response, JsonNode expected) {
        for (Map.Entry<String, JsonNode> header : expected.properties()) {
            assertThat(response.headers().firstValue(header.getKey()))
                    .as("header %s", header.getKey())
                    .hasValue(header.getValue().asText());
        }
    }
}
