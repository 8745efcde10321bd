package io.pointsman.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.Exchange;
import io.pointsman.testserver.FakeCluster;
import io.pointsman.testserver.Recorded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests Events over real sockets to the scripted server. */
@Timeout(60) // only a failing test waits for it
class NodeEventsTest {
    private static final String NODE = "kubernetes-node-6jst";
    private static final NodeEvents.Pace FAST =
            new NodeEvents.Pace(Duration.ofSeconds(20), Duration.ofMillis(20), Duration.ofMillis(20));

    @TempDir
    private Path folder;

    private final ApiTestServer server = new ApiTestServer(FakeCluster.recorded());
    private final List<String> received = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Optional<String>> troubles = new LinkedBlockingQueue<>();

    @SuppressWarnings("NullAway.Init")
    private NodeEvents events;

    @BeforeEach
    void start() {
        events = new NodeEvents(
                new ApiServer(
                        new Connector(Optional.of(server.kubeconfig(folder))),
                        new CallGuard(System::nanoTime),
                        new ApiRequests()),
                NODE,
                troubles::add,
                FAST,
                new EventBudget(1000, Duration.ofHours(1), Duration.ofHours(1), System::nanoTime));
        events.start();
        server.faults(this::create);
    }

    /** Accepts an Event, as an API server does. */
    private boolean create(Exchange exchange) throws IOException {
        if (!exchange.method().equals("POST") || !exchange.path().equals("/" + EventJson.PATH)) {
            return false;
        }
        received.add(exchange.body());
        exchange.answer(201, "application/json", exchange.body().getBytes(StandardCharsets.UTF_8));
        return true;
    }

    @AfterEach
    void end() {
        events.close();
        server.close();
    }

    private static NodeEvent event(String note) {
        return new NodeEvent(NodeEvent.Type.WARNING, "FailedToStartMetricServer", "StartKubeProxy", note);
    }

    private Optional<String> trouble() throws InterruptedException {
        return troubles.take();
    }

    @Test
    void shouldCreateWhatAnApiServerTakes() throws Exception {
        events.tell(event("can't listen on \"127.0.0.1:10249\"\n" + "\u00e4".repeat(2000)));
        assertThat(trouble()).isEmpty();

        final JsonNode sent = JsonMapper.builder().build().readTree(received.getFirst());
        assertThat(sent.path("apiVersion").asText()).isEqualTo("events.k8s.io/v1");
        assertThat(sent.path("kind").asText()).isEqualTo("Event");
        assertThat(sent.path("metadata").path("namespace").asText()).isEqualTo("default");
        assertThat(sent.path("metadata").path("name").asText()).matches(NODE + "\\.[0-9a-f]{16}");
        assertThat(sent.path("eventTime").asText()).matches("20[0-9-]{8}T[0-9:]{8}\\.[0-9]{6}Z");
        assertThat(sent.path("type").asText()).isEqualTo("Warning");
        assertThat(sent.path("reason").asText()).isEqualTo("FailedToStartMetricServer");
        assertThat(sent.path("action").asText()).isEqualTo("StartKubeProxy");
        assertThat(sent.path("reportingController").asText()).isEqualTo("pointsman.io/agent");
        assertThat(sent.path("reportingInstance").asText()).isEqualTo(NODE);
        assertThat(sent.path("regarding").path("kind").asText()).isEqualTo("Node");
        assertThat(sent.path("regarding").path("name").asText()).isEqualTo(NODE);
        assertThat(sent.path("note").asText()).startsWith("can't listen on \"127.0.0.1:10249\"\n\u00e4");
        assertThat(sent.path("note").asText().getBytes(StandardCharsets.UTF_8).length)
                .isBetween(1023, 1024);
    }

    @Test
    void shouldTellTheSameOnce() throws Exception {
        for (int i = 0; i < 100; i++) {
            events.tell(event("the same"));
        }
        events.tell(event("the last"));
        assertThat(trouble()).isEmpty();
        assertThat(trouble()).isEmpty();

        assertThat(received).hasSize(2);
    }

    @Test
    void shouldSayThatItIsForbiddenAndGoOnOnceItIsNot() throws Exception {
        final AtomicBoolean isForbidden = new AtomicBoolean(true);
        server.faults(exchange -> {
            if (!isForbidden.get()) {
                return create(exchange);
            }
            exchange.answer(403, "application/json", Recorded.bytes("error-403-nodes.json"));
            return true;
        });
        events.tell(event("one"));
        assertThat(trouble().orElseThrow()).contains("forbidden", "the verb create on events.events.k8s.io");
        assertThat(server.requests()).as("asked once for it").hasSize(1);

        isForbidden.set(false);
        events.tell(event("two"));
        assertThat(trouble()).isEmpty();
        assertThat(received).singleElement().asString().contains("two");
    }

    @Test
    void shouldTryAgainAfterAFailureThatPasses() throws Exception {
        final AtomicLong failures = new AtomicLong(2);
        server.faults(exchange -> {
            if (failures.getAndDecrement() <= 0) {
                return create(exchange);
            }
            exchange.answer(500, "text/plain", "no".getBytes(StandardCharsets.UTF_8));
            return true;
        });
        events.tell(event("one"));

        assertThat(trouble()).isPresent();
        assertThat(trouble()).isPresent();
        assertThat(trouble()).isEmpty();
        assertThat(received).hasSize(1);
    }

    @Test
    void shouldBeSilentWhereTheServerKnowsNoEvents() throws Exception {
        server.faults(); // without faults it answers unknown requests with 404
        events.tell(event("one"));

        assertThat(trouble()).isEmpty();
        assertThat(server.requests()).as("asked once").hasSize(1);
    }

    @Test
    void shouldHoldNobodyUpWhileTheServerHangs() throws Exception {
        final CountDownLatch isHanging = new CountDownLatch(1);
        server.faults(exchange -> {
            isHanging.countDown();
            exchange.hang();
            return true;
        });
        events.tell(event("first"));
        assertThat(isHanging.await(60, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 500; i++) {
            events.tell(event("number " + i));
        }
        events.close();

        assertThat(received).isEmpty();
    }

    @Test
    void shouldSendABurstThenOneForEachIntervalAndRepeatAfterAWhile() {
        final AtomicLong nowNanos = new AtomicLong();
        final EventBudget budget = new EventBudget(3, Duration.ofMinutes(1), Duration.ofHours(1), nowNanos::get);

        assertThat(List.of("a", "a", "b", "c", "d").stream().filter(note -> budget.take(event(note))))
                .containsExactly("a", "b", "c");
        nowNanos.addAndGet(Duration.ofMinutes(1).toNanos());
        assertThat(budget.take(event("a"))).as("told already").isFalse();
        assertThat(budget.take(event("d"))).isTrue();
        assertThat(budget.take(event("e"))).as("none left").isFalse();
        nowNanos.addAndGet(Duration.ofHours(1).toNanos());
        assertThat(budget.take(event("a"))).as("told long ago").isTrue();
    }
}
