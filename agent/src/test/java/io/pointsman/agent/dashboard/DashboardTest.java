package io.pointsman.agent.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Severity;
import io.pointsman.spi.ServiceFigures;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses at the page's port. */
@Timeout(120)
class DashboardTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectName HOSTILE = new ObjectName("default", "<b>x</b>");

    private final Stage stage;

    DashboardTest() throws IOException {
        final List<ObjectName> names = new ArrayList<>(Stage.plain(300));
        names.add(HOSTILE);
        stage = new Stage(names);
    }

    @AfterEach
    void close() {
        stage.close();
    }

    private JsonNode json(String path) throws Exception {
        final HttpResponse<String> reply = stage.get(path);
        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
        return JSON.readTree(reply.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/dashboard",
                "/dashboard/",
                "/dashboard/app.js",
                "/dashboard/none",
                "/dashboard/api/services",
                "/dashboard/api/service?name=a/b",
                "/dashboard/api/explain",
                "/dashboard/api/gauges",
                "/dashboard/live?client=nobody"
            })
    void shouldAllowNothingFromElsewhereInAnyAnswer(String path) throws Exception {
        final HttpResponse<String> reply = stage.get(path);

        assertThat(reply.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
                .contains("form-action 'none'", "require-trusted-types-for 'script'")
                .doesNotContain("unsafe", "*", "data:", "http");
        assertThat(reply.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(reply.headers().firstValue("Referrer-Policy")).contains("no-referrer");
        assertThat(reply.headers().firstValue("Cross-Origin-Resource-Policy")).contains("same-origin");
        assertThat(reply.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void shouldServeThePageWithAllThatItNames() throws Exception {
        final String page = stage.get("/dashboard/").body();

        final List<String> files = page.lines()
                .filter(line -> line.contains("href=\"") || line.contains("src=\""))
                .flatMap(line ->
                        List.of(line.split("(?:href|src)=\"", -1)).stream().skip(1))
                .map(rest -> rest.substring(0, rest.indexOf('"')))
                .filter(name -> !name.startsWith("#"))
                .toList();
        assertThat(files).contains("app.js", "style.css", "icon.svg");
        for (String file : files) {
            assertThat(stage.get("/dashboard/" + file).statusCode()).as(file).isEqualTo(200);
        }
        assertThat(page).doesNotContain("<style", "style=", "onclick", "http:", "https:");
        assertThat(stage.get("/dashboard").headers().firstValue("Location")).contains("/dashboard/");
        assertThat(stage.get("/metrics").body()).isEqualTo("of others\n");
    }

    @Test
    void shouldOnlyBeLookedAt() throws Exception {
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS", "PATCH")) {
            final HttpResponse<String> reply = stage.ask(method, "/dashboard/api/services");
            assertThat(reply.statusCode()).as(method).isEqualTo(405);
            assertThat(reply.headers().firstValue("Allow")).contains("GET, HEAD");
        }
        assertThat(stage.ask("HEAD", "/dashboard/").statusCode()).isEqualTo(200);
    }

    @Test
    void shouldShowAWindowOfTheServices() throws Exception {
        final JsonNode window = json("/dashboard/api/services?offset=290&limit=5");

        assertThat(window.path("all").asInt()).isEqualTo(301);
        assertThat(window.path("matching").asInt()).isEqualTo(301);
        assertThat(window.path("rows")).hasSize(5);
        assertThat(window.at("/rows/0/service").asText()).isEqualTo("svc-00289"); // "<" sorts before all letters
        assertThat(window.at("/rows/0/addresses/0").asText()).isEqualTo(Stage.address(289) + ":80");
        assertThat(window.at("/rows/0/endpoints").asInt()).isEqualTo(2);
        assertThat(window.at("/rows/0/localEndpoints").asInt()).isEqualTo(1);

        final JsonNode found = json("/dashboard/api/services?text=SVC-0001&sort=name");
        assertThat(found.path("matching").asInt()).isEqualTo(10);
        assertThat(json("/dashboard/api/services?offset=2000000000").path("rows"))
                .isEmpty();
    }

    @Test
    void shouldSendOnlyWhatIsDifferentToAPageThatHasTheRest() throws Exception {
        final JsonNode whole = json("/dashboard/api/services?limit=3");
        stage.problem(stage.port(1).service(), Severity.ERROR, "is not done");

        final JsonNode news = json("/dashboard/api/services?limit=3&have=" + whole.path("version"));
        assertThat(news.path("rows"))
                .hasSize(3)
                .filteredOn(row -> !row.isNull())
                .singleElement()
                .satisfies(row -> assertThat(row.path("service").asText()).isEqualTo("svc-00001"));
    }

    @Test
    void shouldSortByFiguresAndShowHowFastTheyGrow() throws Exception {
        counted(3, 10, 5);
        assertThat(json("/dashboard/api/services?limit=1").at("/rows/0").has("connectionsPerSecond"))
                .as("one reading tells no rate")
                .isFalse();
        stage.problem(stage.port(7).service(), Severity.WARNING, "hardly meant");
        assertThat(json("/dashboard/api/services?sort=connections&limit=2")
                        .at("/rows/0/service")
                        .asText())
                .isEqualTo("svc-00003");
        final JsonNode first =
                json("/dashboard/api/services?sort=problems&limit=2").at("/rows/0");
        assertThat(first.path("service").asText()).isEqualTo("svc-00007");
        assertThat(first.path("problems").asInt()).isEqualTo(1);

        counted(4, 0, 1_000_000);
        JsonNode row = first;
        final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!row.path("service").asText().equals("svc-00004")) {
            assertThat(System.nanoTime()).as(row.toString()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(100);
            row = json("/dashboard/api/services?sort=rate&limit=2").at("/rows/0");
        }
        assertThat(row.path("connectionsPerSecond").asDouble()).isPositive();
    }

    private void counted(int service, long now, long total) {
        stage.backend.figures = List.of(new ServiceFigures(
                stage.port(service),
                Map.of(ServiceFigures.Figure.CONNECTIONS_NOW, now, ServiceFigures.Figure.CONNECTIONS, total),
                Map.of("no-endpoint", 2L)));
    }

    @Test
    void shouldTellOfOneServiceWhateverItsName() throws Exception {
        stage.problem(HOSTILE, Severity.ERROR, "</script>is not done");
        stage.problem(new ObjectName("default", "<b>x</b>y"), Severity.ERROR, "of another");

        final JsonNode detail =
                json("/dashboard/api/service?name=" + URLEncoder.encode(HOSTILE.toString(), StandardCharsets.UTF_8));

        assertThat(detail.path("name").asText()).isEqualTo(HOSTILE.name());
        assertThat(detail.path("rows")).hasSize(1);
        assertThat(detail.at("/plan/ports/0/rules/0/address").asText())
                .isEqualTo(Stage.address(300).toString());
        assertThat(detail.at("/plan/ports/0/pools/IPv4-cluster")).hasSize(2);
        assertThat(detail.path("problems")).hasSize(1);
        assertThat(detail.at("/problems/0/reason").asText()).isEqualTo("</script>is not done");
        assertThat(detail.at("/problems/0/service").asText()).isEqualTo(HOSTILE.toString());
    }

    @Test
    void shouldListErrorsFirstAndWithinABound() throws Exception {
        for (int i = 0; i < 600; i++) {
            stage.problem(new ObjectName("a", "w" + i), Severity.WARNING, "hardly meant");
        }
        stage.problem(new ObjectName("z", "e"), Severity.ERROR, "not done");

        final JsonNode listed = json("/dashboard/api/problems");

        assertThat(listed.path("all").asInt()).isEqualTo(601);
        assertThat(listed.path("errors").asInt()).isEqualTo(1);
        assertThat(listed.path("problems")).hasSize(500);
        assertThat(listed.at("/problems/0/service").asText()).isEqualTo("z/e");
    }

    @Test
    void shouldExplainByThePlanInForce() throws Exception {
        final JsonNode explained = json("/dashboard/api/explain?from=10.244.3.8&to=" + Stage.address(5) + ":80");

        assertThat(explained.path("verdict").asText()).isEqualTo("forward");
        assertThat(explained.path("targets")).hasSize(2);
        assertThat(explained.path("node").asText()).isEqualTo("here");
        assertThat(json("/dashboard/api/explain?from=10.244.3.8&to=203.0.113.1:80")
                        .path("verdict")
                        .asText())
                .isEqualTo("pass");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            services?sort=size | sort: "size" is none of name, connections,
            services?limit=0 | limit: "0" is not in 1..200
            services?limit=1e3 | limit: "1e3" is not in 1..200
            services?offset=-1 | offset: "-1" is not in 0..
            service | name: is missing; give default/web for instance
            service?name=web | name: "web" has no namespace
            service?name=default/none | there is no Service default/none in the plan in force
            explain?to=10.96.0.1:80 | from: is missing
            explain?from=10.0.0.1&to=10.96.0.1 | to: "10.96.0.1" is an address without a port; give 10.96.0.1:80
            explain?from=host&to=10.96.0.1:80 | from: "host" in "host" is no IP address
            explain?from=10.0.0.1&to=10.96.0.1:99999 | to: port "99999" in "10.96.0.1:99999" is not in 1..65535
            explain?from=::1&to=10.96.0.1:80 | source ::1 is IPv6, destination 10.96.0.1 is IPv4
            explain?from=10.0.0.1&to=10.96.0.1:80&protocol=x | protocol: "x" is not a protocol; give tcp, udp or sctp
            explain?from=10.0.0.1&to=10.96.0.1:80&interface=abcdefghijklmnop | interface: a name has at most 15 characters
            """)
    void shouldSayWhatIsWrongWithAQuestion(String question, String sentence) throws Exception {
        final HttpResponse<String> reply = stage.get("/dashboard/api/" + question);

        assertThat(reply.statusCode()).isEqualTo(400);
        assertThat(reply.body()).startsWith(sentence);
        assertThat(reply.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
    }

    @Test
    void shouldKeepTheGauges() throws Exception {
        JsonNode gauges = json("/dashboard/api/gauges");
        final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (gauges.path("flows").isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
            gauges = json("/dashboard/api/gauges");
        }
        assertThat(gauges.at("/flows/0").asLong()).isEqualTo(41);
        assertThat(gauges.at("/flowsLimit/0").asLong()).isEqualTo(1000);
        assertThat(gauges.at("/eventsLost/0").isNull()).as("not counted").isTrue();
        assertThat(gauges.at("/residentBytes/0").asLong()).isGreaterThan(1 << 20);
        assertThat(gauges.path("capacity").asInt()).isEqualTo(360);
    }

    @Test
    void shouldAnswerToNoNameButItsOwn() throws Exception {
        assertThat(raw("GET /dashboard/api/services HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 421 ");
        assertThat(raw("GET /dashboard/live HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }

    private Socket connect() throws IOException {
        final Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), stage.socketAddress().getPort());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Socket live(Socket socket, String query, String more) throws IOException {
        socket.getOutputStream()
                .write(("GET /dashboard/live" + query + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String await(BufferedReader lines, String wanted) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.contains(wanted)) {
                return line;
            }
        }
        throw new AssertionError("the stream ended without " + wanted);
    }

    private static BufferedReader lines(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    @Test
    void shouldStreamConnectionsFromWhereThePageWas() throws Exception {
        final String id;
        try (Socket page = live(connect(), "?flows=1&service=default/svc-00001", "")) {
            final BufferedReader lines = lines(page);
            await(lines, "\"mode\":\"pretended\"");
            stage.backend.changes.put(stage.begun(1, 50_001));
            stage.backend.changes.put(stage.begun(2, 50_002)); // left out by the filter
            id = await(lines, "id: 2").substring("id: ".length());
            final JsonNode news = JSON.readTree(await(lines, "data: ").substring("data: ".length()));
            assertThat(news.path("changes")).hasSize(1);
            assertThat(news.at("/changes/0/original/sourcePort").asInt()).isEqualTo(50_001);
        }
        stage.backend.changes.put(stage.begun(1, 50_003));
        try (Socket page = live(connect(), "?flows=1", "Last-Event-ID: " + id + "\r\n")) {
            assertThat(await(lines(page), "50003")).doesNotContain("50001");
        }
        while (stage.backend.watches.get() > 0) { // until no page shows connections
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    @Test
    void shouldSayWhyConnectionsAreNotSeenAndTryAgain() throws Exception {
        stage.backend.refusal = Optional.of("connections are watched already");
        try (Socket page = live(connect(), "?flows=1", "")) {
            final BufferedReader lines = lines(page);
            await(lines, "\"trouble\":\"connections are watched already\"");
            stage.backend.refusal = Optional.empty();
            await(lines, "\"trouble\":\"\"");
        }
    }

    @Test
    void shouldEndAStreamAsItShouldWithItsConnectionsAge() throws Exception {
        try (Socket page = live(connect(), "", "")) {
            assertThat(new String(page.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream")
                    .contains("event: state")
                    .endsWith("\r\n0\r\n\r\n");
        }
    }

    @Test
    void shouldBoundTheOpenPages() throws Exception {
        final List<Socket> pages = new ArrayList<>();
        try {
            for (int i = 0; i < Dashboard.MAX_STREAMS; i++) {
                final Socket page = live(connect(), "", "");
                pages.add(page);
                await(lines(page), "event: state");
            }
            try (Socket more = live(connect(), "", "Connection: close\r\n")) {
                assertThat(await(lines(more), "HTTP/1.1")).contains("503");
            }
            pages.removeLast().close();
            String status = "503";
            while (status.contains("503")) { // until the server has seen the end of the closed stream
                TimeUnit.MILLISECONDS.sleep(50);
                try (Socket more = live(connect(), "", "")) {
                    status = await(lines(more), "HTTP/1.1");
                }
            }
            assertThat(status).contains("200");
        } finally {
            for (Socket page : pages) {
                page.close();
            }
        }
    }
}
