package io.pointsman.nat.counters;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.rule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.InputInterface;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.NatWorker;
import io.pointsman.nat.Plans;
import io.pointsman.nat.Verdict;
import io.pointsman.testing.Packets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Scanner;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineCountersTest {
    @TempDir
    Path folder;

    private Path file = Path.of("");
    private EngineConfig config = EngineConfig.DEFAULT;

    @BeforeEach
    void name() {
        file = folder.resolve("state").resolve("counters.dat");
        config = EngineConfig.builder().capacity(2).countersFile(file).build();
    }

    private static NatEngine engine(EngineConfig config) {
        return Plans.engine(config, rule(Protocol.UDP, "10.0.170.92", 53).to(endpoint("10.180.1.136", 53)));
    }

    private static void send(NatWorker worker, int port, String to) {
        final byte[] packet = Packets.udp("198.51.100.79", port, to, 53, new byte[4]);
        final Verdict _ = worker.process(Packets.lend(packet), 0, packet.length, InputInterface.NONE, 0);
    }

    private static Map<String, Long> read(CounterFile counters) {
        final Map<String, Long> values = new LinkedHashMap<>();
        counters.read().forEach(counter -> values.put(counter.name(), counter.value()));
        return values;
    }

    private static long of(Map<String, Long> values, String name) {
        return Objects.requireNonNull(values.get(name), name);
    }

    @Test
    void shouldShowToAnotherMappingWhatTheEnginePublished() throws IOException {
        try (NatEngine engine = engine(config);
                CounterFile outside = CounterFile.open(file)) {
            final NatWorker first = engine.newWorker();
            final NatWorker second = engine.newWorker();
            send(first, 40_000, "10.0.170.92");
            send(second, 40_000, "10.0.170.92");
            send(second, 40_000, "192.0.2.1");
            final ConnectDecision.Forward forward = (ConnectDecision.Forward) engine.connect(
                    Protocol.UDP, IpAddress.parse("198.51.100.79"), 5, IpAddress.parse("10.0.170.92"), 53, 0);
            assertThat(engine.connect(
                            Protocol.UDP, IpAddress.parse("198.51.100.79"), 5, IpAddress.parse("10.0.170.92"), 9, 0))
                    .isInstanceOf(ConnectDecision.Refused.class);
            engine.disconnect(forward.flow(), 0);
            assertThat(read(outside).values()).containsOnly(0L);
            engine.publishCounters();
            assertThat(read(outside))
                    .containsEntry("packets.new-flow", 1L)
                    .containsEntry("packets.established", 1L)
                    .containsEntry("packets.not-ours", 1L)
                    .containsEntry("flows.now", 1L)
                    .containsEntry("flows.opened", 1L)
                    .containsEntry("flows.ended", 0L)
                    .containsEntry("connections.now", 0L)
                    .containsEntry("connections.opened", 1L)
                    .containsEntry("connections.ended", 1L)
                    .containsEntry("connect.forward", 1L)
                    .containsEntry("connect.reject", 1L);
            assertThat(outside.processId()).isEqualTo(ProcessHandle.current().pid());
        }
    }

    /** A disk that fills up later must not end the process, which a store into a hole of a mapped file would. */
    @Test
    void shouldHaveABlockForEveryByteOfTheFile() throws Exception {
        try (NatEngine _ = engine(config)) {
            final Process stat = new ProcessBuilder("stat", "--format", "%b %B", file.toString()).start();
            try (Scanner numbers = new Scanner(stat.getInputStream(), StandardCharsets.US_ASCII)) {
                assertThat(numbers.nextLong() * numbers.nextLong()).isGreaterThanOrEqualTo(Files.size(file));
            }
        }
    }

    @Test
    void shouldCountFlowsThatMadeRoomOrFoundNone() throws IOException {
        try (NatEngine engine = engine(config);
                CounterFile outside = CounterFile.open(file)) {
            final NatWorker worker = engine.newWorker();
            for (int port = 0; port < 10; port++) {
                send(worker, 40_000 + port, "10.0.170.92");
            }
            engine.publishCounters();
            final Map<String, Long> full = read(outside);
            assertThat(of(full, "flows.opened") + of(full, "flows.refused")).isEqualTo(10);
            assertThat(of(full, "flows.opened") - of(full, "flows.ended")).isEqualTo(of(full, "flows.now"));
            assertThat(of(full, "flows.early-dropped")).isEqualTo(of(full, "flows.ended"));
            for (int i = 0; i < 100; i++) {
                engine.sweep(1 << 10, 3_600_000_000_000L);
            }
            engine.publishCounters();
            assertThat(read(outside)).containsEntry("flows.now", 0L);
            assertThat(of(read(outside), "flows.ended")).isEqualTo(of(full, "flows.opened"));
        }
    }

    @Test
    void shouldStartAtZeroInTheSameLayoutWhenTheEngineStartsAgain() throws IOException {
        final List<String> names;
        try (NatEngine engine = engine(config)) {
            send(engine.newWorker(), 40_000, "10.0.170.92");
            engine.publishCounters();
        }
        try (CounterFile outside = CounterFile.open(file)) {
            names = List.copyOf(read(outside).keySet());
            assertThat(read(outside)).as("stays after the engine").containsEntry("packets.new-flow", 1L);
            try (NatEngine engine = engine(config)) {
                assertThat(read(outside)).as("the old mapping").containsEntry("packets.new-flow", 0L);
                engine.publishCounters();
                assertThat(List.copyOf(read(outside).keySet())).isEqualTo(names);
            }
        }
        assertThat(names).doesNotHaveDuplicates().contains("events.lost", "connect.forward", "packets.table-full");
    }

    @Test
    void shouldRefuseASecondEngineWhenTheFileIsTaken() {
        try (NatEngine engine = engine(config)) {
            assertThatThrownBy(() -> NatEngine.create(config))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("another engine uses it; give each engine its own file");
            engine.publishCounters();
        }
        NatEngine.create(config).close();
    }

    @Test
    void shouldSayWhatIsWrongWhenThereIsNoCountersFile() throws IOException {
        assertThatThrownBy(() -> CounterFile.open(file)).isInstanceOf(NoSuchFileException.class);
        final Path other = Files.writeString(folder.resolve("other"), "text");
        assertThatThrownBy(() -> CounterFile.open(other)).hasMessageContaining("is no counters file: it has 4 bytes");
        Files.write(other, new byte[CounterLayout.FILE_BYTES]);
        assertThatThrownBy(() -> CounterFile.open(other)).hasMessageContaining("being created");
    }

    @Test
    void shouldCountInMemoryWhenThereIsNoFile() {
        try (NatEngine engine = engine(EngineConfig.builder().capacity(2).build())) {
            engine.publishCounters();
        }
    }
}
