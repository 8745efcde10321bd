package io.pointsman.agent.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pointsman.agent.health.TestClock;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ServiceMetricsTest {
    private final TestClock clock = new TestClock();
    private final List<ServiceFigures> counted = new ArrayList<>();
    private boolean isBroken;
    private int limit = 10;
    private final ServiceMetrics metrics = new ServiceMetrics(this::figures, () -> limit, clock::nanoTime);

    private List<ServiceFigures> figures() throws BackendException {
        if (isBroken) {
            throw new BackendException("no connection table");
        }
        return List.copyOf(counted);
    }

    private static ServicePortName port(String service) {
        return new ServicePortName(new ObjectName("default", service), "http", Protocol.TCP);
    }

    private List<String> samples() {
        final TextPage page = new TextPage();
        metrics.write(page);
        return page.toString().lines().filter(line -> !line.startsWith("#")).toList();
    }

    @Test
    void shouldShowWhatIsCountedAndNothingElse() throws Exception {
        counted.add(new ServiceFigures(
                port("web"),
                Map.of(Figure.CONNECTIONS_NOW, 2L, Figure.CONNECTIONS, 5L, Figure.BYTES_TO_CLIENTS, 700L),
                Map.of("no-endpoint", 3L)));
        final String labels = "namespace=\"default\",port=\"http\",protocol=\"TCP\"";
        assertThat(samples())
                .containsExactlyInAnyOrder(
                        "pointsman_service_connections{" + labels + ",service=\"web\"} 2",
                        "pointsman_service_connections_opened_total{" + labels + ",service=\"web\"} 5",
                        "pointsman_service_bytes_total{direction=\"to_clients\"," + labels + ",service=\"web\"} 700",
                        "pointsman_service_refused_total{reason=\"no-endpoint\"," + labels + ",service=\"web\"} 3",
                        "pointsman_service_metrics_left_off 0",
                        "pointsman_service_metrics_failures_total 0");
    }

    @Test
    void shouldShowNoMoreServicesThanWantedAndSayHowManyItLeftOff() throws Exception {
        for (String name : List.of("c", "a", "b")) {
            counted.add(new ServiceFigures(port(name), Map.of(Figure.CONNECTIONS_NOW, 1L), Map.of()));
        }
        limit = 2;
        assertThat(samples())
                .filteredOn(line -> line.startsWith("pointsman_service_connections{"))
                .hasSize(2)
                .noneMatch(line -> line.contains("service=\"c\""));
        assertThat(samples()).contains("pointsman_service_metrics_left_off 1");

        limit = 0;
        assertThat(samples()).isEmpty();
    }

    @Test
    void shouldAskTheBackendNoMoreOftenThanEveryFiveSeconds() throws Exception {
        assertThat(samples()).noneMatch(line -> line.contains("web"));
        counted.add(new ServiceFigures(port("web"), Map.of(Figure.CONNECTIONS_NOW, 1L), Map.of()));
        clock.advance(Duration.ofSeconds(4));
        assertThat(samples()).noneMatch(line -> line.contains("web"));
        clock.advance(Duration.ofSeconds(1));
        assertThat(samples()).anyMatch(line -> line.contains("web"));
    }

    @Test
    void shouldCountTheTimesThatTheBackendCanNotTell() throws Exception {
        isBroken = true;
        assertThat(samples())
                .containsExactlyInAnyOrder(
                        "pointsman_service_metrics_left_off 0", "pointsman_service_metrics_failures_total 1");
        isBroken = false;
        clock.advance(Duration.ofSeconds(5));
        assertThat(samples()).contains("pointsman_service_metrics_failures_total 1");
    }

    @Test
    void shouldShowAServiceThatCameBackAsTheOthers() {
        counted.add(new ServiceFigures(port("a"), Map.of(Figure.CONNECTIONS, 1L), Map.of()));
        counted.add(new ServiceFigures(port("b"), Map.of(Figure.CONNECTIONS, 2L), Map.of()));
        final List<String> both = samples();
        final ServiceFigures first = counted.removeFirst();
        clock.advance(Duration.ofSeconds(5));
        assertThat(samples()).noneMatch(line -> line.contains("\"a\"")).anyMatch(line -> line.contains("\"b\""));
        counted.add(first);
        clock.advance(Duration.ofSeconds(5));
        assertThat(samples()).isEqualTo(both);
    }

    @Test
    void shouldQuoteWhateverANameHolds() {
        counted.add(new ServiceFigures(
                new ServicePortName(new ObjectName("a\"b", "c\\d\ne"), "é\"", Protocol.UDP),
                Map.of(Figure.CONNECTIONS, Long.MAX_VALUE, Figure.AFFINITY_HITS, 0L),
                Map.of()));
        assertThat(samples())
                .contains(
                        "pointsman_service_connections_opened_total{namespace=\"a\\\"b\",port=\"é\\\"\",protocol=\"UDP\","
                                + "service=\"c\\\\d\\ne\"} 9223372036854775807",
                        "pointsman_service_affinity_hits_total{namespace=\"a\\\"b\",port=\"é\\\"\",protocol=\"UDP\","
                                + "service=\"c\\\\d\\ne\"} 0");
    }

    /** Counted for the thread alone, and after a first page: it has the memory and labels that stay. */
    @Test
    void shouldAllocateLessThanThePageHoldsEvenWhenFiguresAreReadAnew() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        limit = 10_000;
        for (int i = 0; i < limit; i++) {
            final long count = i;
            counted.add(new ServiceFigures(
                    port("svc-" + i),
                    Arrays.stream(Figure.values()).collect(Collectors.toMap(figure -> figure, _ -> count)),
                    Map.of("no-endpoint", count)));
        }
        final TextPage page = new TextPage();
        metrics.write(page);
        for (int i = 0; i < 3; i++) {
            page.clear();
            clock.advance(Duration.ofSeconds(5));
            final long before = threads.getCurrentThreadAllocatedBytes();
            metrics.write(page);
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(page.length());
        }
    }

    @Test
    void shouldGrowWithWhatIsWritten() {
        final TextPage page = new TextPage();
        final String much = "0123456789".repeat(20_000);
        page.text(much).labelValue("\"".repeat(100_000)).number(0).number(-5);
        assertThat(page.toString()).isEqualTo(much + "\\\"".repeat(100_000) + "0-5");
        page.clear();
        assertThat(page.text("again").toString()).isEqualTo("again");
    }
}
