package io.pointsman.testserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests {@code kubectl}'s changes over HTTP, and the watch events that they cause. */
class WritesTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String COLLECTION = "/api/v1/namespaces/default/services";
    private static final String WEB = COLLECTION + "/web";
    private static final String STRATEGIC = "application/strategic-merge-patch+json";
    private static final String MERGE = "application/merge-patch+json";

    private final HttpClient client = HttpClient.newHttpClient();
    private final ApiTestServer server = ApiTestServer.of(new FakeCluster())
            .token("secret")
            .admission(object -> ((ObjectNode) object.get("spec")).put("healthCheckNodePort", 32122))
            .start();

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    private HttpRequest request(String method, String path, String type, String body) {
        return HttpRequest.newBuilder(URI.create(server.url() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", "Bearer secret")
                .header("Content-Type", type)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private JsonNode send(int status, String method, String path, String type, String body) throws Exception {
        final HttpResponse<String> answer =
                client.send(request(method, path, type, body), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        return JSON.readTree(answer.body());
    }

    private void createWeb() throws Exception {
        send(201, "POST", COLLECTION, "application/json", """
                {"apiVersion":"v1","kind":"Service","metadata":{"name":"web","namespace":"default"},
                 "spec":{"clusterIP":"10.0.0.1","ports":[{"port":80,"nodePort":30080},{"port":443}]}}
                """);
    }

    @Test
    void shouldTellAWatchOfWhatIsCreatedPatchedAndDeleted() throws Exception {
        final HttpResponse<InputStream> watch = client.send(
                request(
                        "GET",
                        FakeCluster.SERVICES + "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true",
                        "application/json",
                        ""),
                HttpResponse.BodyHandlers.ofInputStream());
        createWeb();
        send(200, "PATCH", WEB, STRATEGIC, "{\"spec\":{\"externalTrafficPolicy\":\"Local\"}}");
        send(200, "DELETE", WEB, "application/json", "");

        final List<JsonNode> events = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
            while (events.size() < 3) {
                final JsonNode event = JSON.readTree(lines.readLine());
                if (!event.get("type").asText().equals("BOOKMARK")) {
                    events.add(event);
                }
            }
        }
        assertThat(events)
                .extracting(event -> event.get("type").asText())
                .containsExactly("ADDED", "MODIFIED", "DELETED");
        assertThat(events.get(0).at("/object/spec/healthCheckNodePort").asInt()).isEqualTo(32122);
        assertThat(events.get(1).at("/object/spec/externalTrafficPolicy").asText())
                .isEqualTo("Local");
    }

    @Test
    void shouldMergePortsByTheirNumbersWhereThePatchIsStrategic() throws Exception {
        createWeb();
        final String patch = "{\"spec\":{\"ports\":[{\"port\":443,\"nodePort\":30443},{\"port\":22}]}}";

        final JsonNode merged = send(200, "PATCH", WEB, STRATEGIC, patch);

        assertThat(merged.at("/spec/ports").toString())
                .isEqualTo("[{\"port\":80,\"nodePort\":30080},{\"port\":443,\"nodePort\":30443},{\"port\":22}]");
        assertThat(send(200, "PATCH", WEB, MERGE, patch).at("/spec/ports").toString())
                .isEqualTo("[{\"port\":443,\"nodePort\":30443},{\"port\":22}]");
    }

    @Test
    void shouldTakeAwayWhatAPatchSetsToNull() throws Exception {
        createWeb();
        for (String type : List.of(STRATEGIC, MERGE)) {
            send(200, "PATCH", WEB, type, "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");

            final JsonNode object = send(200, "PATCH", WEB, type, "{\"metadata\":{\"labels\":{\"a\":null}}}");

            assertThat(object.at("/metadata/labels").toString()).isEqualTo("{}");
            assertThat(send(200, "GET", WEB, "", "").at("/metadata/labels").toString())
                    .isEqualTo("{}");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            404 | PATCH  | /other | application/merge-patch+json           | {}
            404 | DELETE | /other | application/json                       | {}
            415 | PATCH  | /web   | application/json-patch+json            | {}
            400 | PATCH  | /web   | application/merge-patch+json           | {"kind":"Node"}
            400 | PATCH  | /web   | application/merge-patch+json           | [
            400 | PUT    | /web   | application/json                       | []
            422 | PATCH  | /web   | application/strategic-merge-patch+json | {"spec":{"$patch":"replace"}}
            422 | PATCH  | /web   | application/strategic-merge-patch+json | {"spec":{"ports":[{"nodePort":1}]}}
            405 | HEY    | /web   | application/json                       | {}
            """)
    void shouldRefuseWithAStatusAndChangeNothing(int status, String method, String path, String type, String body)
            throws Exception {
        createWeb();
        final JsonNode before = send(200, "GET", WEB, "", "");

        final JsonNode said = send(status, method, COLLECTION + path, type, body);

        assertThat(said.get("kind").asText()).isEqualTo("Status");
        assertThat(said.get("code").asInt()).isEqualTo(status);
        assertThat(send(200, "GET", WEB, "", "")).isEqualTo(before);
    }

    @Test
    void shouldRefuseToCreateWhatIsThere() throws Exception {
        createWeb();
        final JsonNode said = send(
                409,
                "POST",
                COLLECTION,
                "application/json",
                "{\"kind\":\"Service\",\"metadata\":{\"name\":\"web\",\"namespace\":\"default\"}}");

        assertThat(said.get("reason").asText()).isEqualTo("AlreadyExists");
    }

    @Test
    void shouldKnowOnlyWhoBringsTheToken() throws Exception {
        final HttpRequest stranger = HttpRequest.newBuilder(URI.create(server.url() + FakeCluster.SERVICES))
                .build();

        assertThat(client.send(stranger, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(401);
    }
}
