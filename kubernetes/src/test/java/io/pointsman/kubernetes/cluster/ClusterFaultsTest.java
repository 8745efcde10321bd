package io.pointsman.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.ClusterObject;
import io.pointsman.testserver.ApiTestServer.Fault;
import io.pointsman.testserver.FakeCluster;
import io.pointsman.testserver.Recorded;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that after any fault that ends the state is the server's, and that no object of the server was ever removed. */
class ClusterFaultsTest {
    @TempDir
    private Path folder;

    static Set<String> faults() {
        return Faults.all().keySet();
    }

    private static Fault fault(String name) {
        return Objects.requireNonNull(Faults.all().get(name));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void shouldStartAllTheSame(String name) throws Exception {
        try (ClusterFixture fixture = new ClusterFixture(folder)) {
            fixture.server.faults(Faults.times(7, fault(name)));
            fixture.start();
            fixture.listener.awaitSync();
            fixture.server.endWatches(); // a resource that was forbidden for a moment is asked for again

            fixture.awaitEqual();
            fixture.listener.await("no problem", now -> now.problems().isEmpty());
            assertThat(fixture.listener.everDeleted()).isEmpty();
            assertThat(fixture.listener.batchesBeforeSync()).isEqualTo(1);
            assertThat(fixture.listener.names(ClusterObject.Kind.SERVICE)).doesNotContain("default/ghost");
        }
    }

    @ParameterizedTest
    @MethodSource("faults")
    void shouldGoOnAllTheSame(String name) throws Exception {
        try (ClusterFixture fixture = new ClusterFixture(folder)) {
            fixture.start();
            fixture.listener.awaitSync();
            fixture.server.faults(Faults.times(9, fault(name)));
            fixture.server.cutConnections();
            fixture.server.cluster().put(ClusterFixture.service("after", "10.0.8.8"));

            fixture.listener.await("the new Service", now -> now.names(ClusterObject.Kind.SERVICE)
                    .contains("default/after"));
            fixture.awaitEqual();
            fixture.listener.await("no problem", now -> now.problems().isEmpty());
            assertThat(fixture.listener.everDeleted()).isSubsetOf("Service default/ghost");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGiveUpAConnectionOnWhichNothingComes(boolean beginsToAnswer) throws Exception {
        final Limits limits = quick(Duration.ofMillis(150));
        try (ClusterFixture fixture = new ClusterFixture(folder, FakeCluster.recorded(), limits)) {
            fixture.server.faults(Faults.times(5, beginsToAnswer ? Faults.STALLED : Faults.SILENT));
            fixture.start();
            fixture.listener.awaitSync();
            fixture.awaitEqual();

            assertThat(fixture.listener.everReported().toString())
                    .contains("nothing received from the server for 150 ms");
            assertThat(fixture.listener.everDeleted()).isEmpty();
        }
    }

    private static Limits quick(Duration patience) {
        final Limits fast = ClusterFixture.FAST;
        return new Limits(
                fast.firstPause(),
                fast.maxPause(),
                fast.absentPause(),
                fast.healthyAfter(),
                patience,
                patience,
                fast.completeWithin(),
                patience,
                fast.savedAfter(),
                fast.saveEvery(),
                fast.maxStateBytes());
    }

    @Test
    void shouldGiveUpAServerThatSendsAByteNowAndThen() throws Exception {
        final Limits fast = ClusterFixture.FAST;
        final Limits limits = new Limits(
                fast.firstPause(),
                fast.maxPause(),
                fast.absentPause(),
                fast.healthyAfter(),
                fast.headersWithin(),
                fast.listSilence(),
                Duration.ofMillis(300),
                fast.watchSilence(),
                fast.savedAfter(),
                fast.saveEvery(),
                fast.maxStateBytes());
        try (ClusterFixture fixture = new ClusterFixture(folder, FakeCluster.recorded(), limits)) {
            fixture.server.offerWatchList(false);
            fixture.server.faults(Faults.times(4, exchange -> {
                exchange.head();
                while (true) { // until the client disconnects
                    exchange.chunk(" ");
                    pause();
                }
            }));
            fixture.start();
            fixture.listener.awaitSync();
            fixture.awaitEqual();

            assertThat(fixture.listener.everReported().toString()).contains("not complete after 300 ms");
        }
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldListInPagesWhereNoWatchListIsOffered() throws Exception {
        final FakeCluster cluster = FakeCluster.recorded();
        for (int i = 0; i < 1200; i++) {
            cluster.put(ClusterFixture.service("many-" + i, "10.1." + i / 250 + "." + (i % 250 + 1)));
        }
        try (ClusterFixture fixture = new ClusterFixture(folder, cluster, ClusterFixture.FAST)) {
            fixture.server.offerWatchList(false);
            fixture.start();
            fixture.listener.awaitSync();
            fixture.awaitEqual();
            cluster.delete("Service", "default/many-7");
            fixture.listener.await("deleted", now -> now.everDeleted().contains("Service default/many-7"));

            assertThat(fixture.server.requests(request -> request.startsWith("/api/v1/services?")
                            && request.contains("limit=500")
                            && !request.contains("resourceVersion")))
                    .isEqualTo(3);
        }
    }

    @Test
    void shouldListAnewWhereAPageIsForgotten() throws Exception {
        final FakeCluster cluster = FakeCluster.recorded();
        for (int i = 0; i < 600; i++) {
            cluster.put(ClusterFixture.service("many-" + i, "10.1." + i / 250 + "." + (i % 250 + 1)));
        }
        try (ClusterFixture fixture = new ClusterFixture(folder, cluster, ClusterFixture.FAST)) {
            fixture.server.offerWatchList(false);
            fixture.server.faults(exchange -> {
                final boolean isNextPage = exchange.query().containsKey("continue");
                if (isNextPage) {
                    exchange.answer(410, "application/json", Recorded.bytes("list-410-continue.json"));
                }
                return isNextPage;
            });
            fixture.start();
            fixture.listener.awaitSync();

            fixture.awaitEqual();
            assertThat(fixture.listener.everReported()).isEmpty();
        }
    }

    @Test
    void shouldNoticeAServerThatWentBackInTime() throws Exception {
        try (ClusterFixture fixture = new ClusterFixture(folder)) {
            final FakeCluster cluster = fixture.server.cluster();
            fixture.start();
            fixture.listener.awaitSync();
            final FakeCluster backup = cluster.backup();
            cluster.put(ClusterFixture.service("after-the-backup", "10.0.8.9"));
            cluster.advance(100);
            fixture.awaitEqual();

            fixture.server.stop();
            cluster.restore(backup);
            fixture.server.start();

            fixture.listener.await("what the backup has", now -> now.objects().equals(fixture.expected()));
            assertThat(fixture.listener.everDeleted()).containsExactly("Service default/after-the-backup");
            cluster.put(ClusterFixture.service("after-the-restore", "10.0.8.10"));
            fixture.awaitEqual();
        }
    }

    @Test
    void shouldCostAnErrorAndNotTheHeapWhenAListHasNoEnd() throws Exception {
        final byte[] filler = ("{\"metadata\":{\"name\":\"x\",\"namespace\":\"y\",\"annotations\":{\"a\":\""
                        + "z".repeat(60_000) + "\"}},\"spec\":{\"clusterIP\":\"10.0.0.1\"}},")
                .getBytes(StandardCharsets.UTF_8);
        try (ClusterFixture fixture = new ClusterFixture(folder)) {
            fixture.server.offerWatchList(false);
            final Fault endless = Faults.times(2, exchange -> {
                exchange.head();
                exchange.chunk(
                        "{\"kind\":\"ServiceList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[");
                while (true) { // until the client disconnects
                    exchange.chunk(filler);
                }
            });
            fixture.server.faults(exchange -> !exchange.isWatch() && endless.serve(exchange));
            fixture.start();
            fixture.listener.awaitSync();

            fixture.awaitEqual();
            assertThat(fixture.listener.everReported().toString()).contains("more than", "bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void shouldEndUpWithTheServersStateAfterAnyScriptOfFaults(long seed) throws Exception {
        final Random random = new Random(seed);
        final List<Fault> faults = new ArrayList<>(Faults.all().values());
        final Set<String> mayGo = new HashSet<>(Set.of("Service default/ghost"));
        try (ClusterFixture fixture = new ClusterFixture(folder)) {
            final FakeCluster cluster = fixture.server.cluster();
            fixture.server.offerWatchList(seed % 2 == 0);
            fixture.server.faults(exchange -> random.nextInt(3) == 0
                    && faults.get(random.nextInt(faults.size())).serve(exchange));
            fixture.start();
            for (int step = 0; step < 150; step++) {
                final String name = "s" + random.nextInt(12);
                switch (random.nextInt(12)) {
                    case 0 -> fixture.server.cutConnections();
                    case 1 -> fixture.server.endWatches();
                    case 2 -> cluster.forget();
                    case 3 -> {
                        fixture.server.stop();
                        pause();
                        fixture.server.start();
                    }
                    case 4, 5 -> {
                        mayGo.add("Service default/" + name);
                        cluster.delete("Service", "default/" + name);
                    }
                    case 6 -> {
                        mayGo.add("EndpointSlice default/" + name + "-a");
                        cluster.delete("EndpointSlice", "default/" + name + "-a");
                    }
                    case 7, 8 ->
                        cluster.put(ClusterFixture.slice(name + "-a", name, "10.9.0." + (1 + random.nextInt(250))));
                    default -> cluster.put(ClusterFixture.service(name, "10.0.6." + (1 + random.nextInt(250))));
                }
                pause();
            }
            fixture.server.faults();
            fixture.server.cutConnections();
            fixture.server.endWatches();
            fixture.awaitEqual();

            assertThat(fixture.listener.everDeleted()).as("seed %d", seed).isSubsetOf(new TreeSet<>(mayGo));
            fixture.listener.await("no problem", now -> now.problems().isEmpty());
        }
    }
}
