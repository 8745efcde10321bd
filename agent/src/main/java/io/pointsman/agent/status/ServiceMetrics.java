package io.pointsman.agent.status;

import io.pointsman.model.ServicePortName;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the backend counted for each service port, labelled with its namespace, Service, port name and protocol. A number that
 * it can't count has no sample. Any thread.
 */
final class ServiceMetrics implements MultiCollector {
    /** Figures, as a backend gives them. */
    @FunctionalInterface
    interface Source {
        /** One for each service port, in any order. */
        List<ServiceFigures> figures() throws BackendException;
    }

    /** Totals with one more label, and which figure is which of its values. */
    private record Totals(String name, String help, String label, Map<String, Figure> figures) {}

    private record Reading(List<ServiceFigures> figures, long nanos) {}

    /** Scrapes in a row get the same: a backend may have to read the kernel's whole connection table. */
    private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final List<Totals> TOTALS = List.of(
            new Totals(
                    "pointsman_service_connections_opened",
                    "Connections and UDP flows that were opened",
                    "",
                    Map.of("", Figure.CONNECTIONS)),
            new Totals(
                    "pointsman_service_packets",
                    "Packets that were carried",
                    "direction",
                    Map.of("from_clients", Figure.PACKETS_FROM_CLIENTS, "to_clients", Figure.PACKETS_TO_CLIENTS)),
            new Totals(
                    "pointsman_service_bytes",
                    "Bytes that were carried",
                    "direction",
                    Map.of("from_clients", Figure.BYTES_FROM_CLIENTS, "to_clients", Figure.BYTES_TO_CLIENTS)));

    private final Source source;
    private final IntSupplier limit;
    private final LongSupplier nanoClock;
    private @Nullable Reading last;
    private long failures;

    /** @param limit how many service ports have samples, 0 or more; asked at each scrape */
    ServiceMetrics(Source source, IntSupplier limit, LongSupplier nanoClock) {
        this.source = source;
        this.limit = limit;
        this.nanoClock = nanoClock;
    }

    @Override
    public synchronized MetricSnapshots collect() {
        final int most = limit.getAsInt();
        final List<MetricSnapshot> metrics = new ArrayList<>();
        if (most > 0) {
            final List<ServiceFigures> all = read();
            final List<ServiceFigures> shown = all.subList(0, Math.min(most, all.size()));
            metrics.add(connections(shown));
            TOTALS.forEach(totals -> metrics.add(counter(totals, shown)));
            metrics.add(refused(shown));
            metrics.add(GaugeSnapshot.builder()
                    .name("pointsman_service_metrics_left_off")
                    .help("Service ports beyond the setting service-metrics")
                    .dataPoint(GaugeDataPointSnapshot.builder()
                            .value(all.size() - shown.size())
                            .build())
                    .build());
            metrics.add(CounterSnapshot.builder()
                    .name("pointsman_service_metrics_failures")
                    .help("Times that the backend could not tell what it counted")
                    .dataPoint(CounterDataPointSnapshot.builder()
                            .value((double) failures)
                            .build())
                    .build());
        }
        return new MetricSnapshots(metrics);
    }

    /** In order; none when they can't be had. */
    private List<ServiceFigures> read() {
        final long now = nanoClock.getAsLong();
        final Reading known = last;
        if (known != null && now - known.nanos() < MAX_AGE_NANOS) {
            return known.figures();
        }
        List<ServiceFigures> figures;
        try {
            figures = source.figures().stream()
                    .sorted(Comparator.comparing(ServiceFigures::port))
                    .toList();
        } catch (BackendException e) { // counted: one that lasts is the audit's to report
            failures++;
            figures = List.of();
        }
        last = new Reading(figures, now);
        return figures;
    }

    private static MetricSnapshot connections(List<ServiceFigures> shown) {
        final GaugeSnapshot.Builder gauge =
                GaugeSnapshot.builder().name("pointsman_service_connections").help("Connections and UDP flows now");
        for (ServiceFigures each : shown) {
            each.value(Figure.CONNECTIONS_NOW)
                    .ifPresent(value -> gauge.dataPoint(GaugeDataPointSnapshot.builder()
                            .labels(labels(each.port()))
                            .value((double) value)
                            .build()));
        }
        return gauge.build();
    }

    private static MetricSnapshot counter(Totals totals, List<ServiceFigures> shown) {
        final CounterSnapshot.Builder counter =
                CounterSnapshot.builder().name(totals.name()).help(totals.help());
        for (ServiceFigures each : shown) {
            totals.figures().forEach((labelValue, figure) -> each.value(figure)
                    .ifPresent(value -> counter.dataPoint(point(each.port(), totals.label(), labelValue, value))));
        }
        return counter.build();
    }

    private static MetricSnapshot refused(List<ServiceFigures> shown) {
        final CounterSnapshot.Builder counter = CounterSnapshot.builder()
                .name("pointsman_service_refused")
                .help("Connections that got no endpoint, by reason");
        for (ServiceFigures each : shown) {
            each.refused().forEach((reason, value) -> counter.dataPoint(point(each.port(), "reason", reason, value)));
        }
        return counter.build();
    }

    private static CounterDataPointSnapshot point(ServicePortName port, String label, String labelValue, long value) {
        final Labels labels = labels(port);
        return CounterDataPointSnapshot.builder()
                .labels(label.isEmpty() ? labels : labels.add(label, labelValue))
                .value((double) value)
                .build();
    }

    private static Labels labels(ServicePortName port) {
        return Labels.of(
                "namespace", port.service().namespace(),
                "service", port.service().name(),
                "port", port.portName(),
                "protocol", port.protocol().name());
    }
}
