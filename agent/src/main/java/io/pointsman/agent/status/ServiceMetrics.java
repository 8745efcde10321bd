package io.pointsman.agent.status;

import io.pointsman.model.ServicePortName;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A backend's figures of each service port, labelled with its namespace, Service, port name and protocol. A figure that
 * it can't count has no sample. Written by hand, as there may be ten samples for each of ten thousand service ports.
 * Thread-safe.
 */
final class ServiceMetrics {
    /** Source of a backend's figures. */
    @FunctionalInterface
    interface Source {
        /** Returns the figures of each service port, in any order. */
        List<ServiceFigures> figures() throws BackendException;
    }

    /**
     * A metric with one sample for each service port.
     *
     * @param type the format's name of the type
     * @param direction the label's value; empty for no such label
     */
    private record Series(String name, String type, String help, String direction, Figure figure) {
        /** Returns the text before a service port's labels. */
        byte[] start() {
            return (name + "{" + (direction.isEmpty() ? "" : "direction=\"" + direction + "\","))
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    /** A service port's figures, and the text of its samples from the labels up to the value. */
    private static final class Row {
        final ServiceFigures figures;
        final byte[] labels;

        Row(ServiceFigures figures, byte[] labels) {
            this.figures = figures;
            this.labels = labels;
        }
    }

    private record Reading(List<ServiceFigures> figures, long nanos) {}

    /**
     * Maximum age of the figures: scrapes in quick succession share them, as a backend may have to read the kernel's
     * whole connection table.
     */
    private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final String GAUGE = "gauge";
    private static final String COUNTER = "counter";
    private static final String FROM_CLIENTS = "from_clients";
    private static final String TO_CLIENTS = "to_clients";
    private static final String PACKETS = "pointsman_service_packets_total";
    private static final String BYTES = "pointsman_service_bytes_total";
    private static final String REFUSED = "pointsman_service_refused_total";

    /** All metrics; those of one name are adjacent. */
    private static final List<Series> ALL = List.of(
            new Series(
                    "pointsman_service_connections",
                    GAUGE,
                    "Connections and UDP flows now",
                    "",
                    Figure.CONNECTIONS_NOW),
            new Series(
                    "pointsman_service_connections_opened_total",
                    COUNTER,
                    "Connections and UDP flows opened",
                    "",
                    Figure.CONNECTIONS),
            new Series(
                    "pointsman_service_affinity_hits_total",
                    COUNTER,
                    "Connections that session affinity sent to their client's earlier endpoint",
                    "",
                    Figure.AFFINITY_HITS),
            new Series(PACKETS, COUNTER, "Packets forwarded", FROM_CLIENTS, Figure.PACKETS_FROM_CLIENTS),
            new Series(PACKETS, COUNTER, "Packets forwarded", TO_CLIENTS, Figure.PACKETS_TO_CLIENTS),
            new Series(BYTES, COUNTER, "Bytes forwarded", FROM_CLIENTS, Figure.BYTES_FROM_CLIENTS),
            new Series(BYTES, COUNTER, "Bytes forwarded", TO_CLIENTS, Figure.BYTES_TO_CLIENTS));

    private final Source source;
    private final IntSupplier limit;
    private final LongSupplier nanoClock;
    private final TextPage scratch = new TextPage();
    private final NameOrder order = new NameOrder();
    private final Map<ServicePortName, byte[]> labels = new HashMap<>(); // of the service ports shown last
    private @Nullable Reading last;
    private long failures;

    /** @param limit maximum number of service ports with samples, 0 or more; called at each scrape */
    ServiceMetrics(Source source, IntSupplier limit, LongSupplier nanoClock) {
        this.source = source;
        this.limit = limit;
        this.nanoClock = nanoClock;
    }

    /** Adds the samples to a page. */
    synchronized void write(TextPage page) {
        final int most = limit.getAsInt();
        if (most == 0) {
            return;
        }
        final List<ServiceFigures> all = read();
        final List<Row> shown = all.subList(0, Math.min(most, all.size())).stream()
                .map(this::row)
                .toList();
        if (labels.size() > shown.size()) {
            labels.keySet()
                    .retainAll(shown.stream().map(row -> row.figures.port()).collect(Collectors.toSet()));
        }
        String begun = "";
        for (Series series : ALL) {
            final byte[] start = series.start();
            for (Row row : shown) {
                final Long value = row.figures.values().get(series.figure());
                if (value != null) {
                    if (!begun.equals(series.name())) {
                        begun = series.name();
                        head(page, begun, series.type(), series.help());
                    }
                    page.bytes(start).bytes(row.labels).number(value).text("\n");
                }
            }
        }
        refused(page, shown);
        own(
                page,
                "left_off",
                GAUGE,
                "Service ports left out because of the setting service-metrics",
                all.size() - shown.size());
        own(page, "failures_total", COUNTER, "Times that the backend's counters could not be read", failures);
    }

    private static void refused(TextPage page, List<Row> shown) {
        boolean isBegun = false;
        for (Row row : shown) {
            for (Map.Entry<String, Long> refused : sorted(row.figures.refused()).entrySet()) {
                if (!isBegun) {
                    isBegun = true;
                    head(page, REFUSED, COUNTER, "Connections that got no endpoint, by reason");
                }
                page.text(REFUSED)
                        .text("{reason=\"")
                        .labelValue(refused.getKey())
                        .text("\",");
                page.bytes(row.labels).number(refused.getValue()).text("\n");
            }
        }
    }

    private static Map<String, Long> sorted(Map<String, Long> reasons) {
        return reasons.size() > 1 ? new TreeMap<>(reasons) : reasons;
    }

    private static void own(TextPage page, String name, String type, String help, long value) {
        final String full = "pointsman_service_metrics_" + name;
        head(page, full, type, help);
        page.text(full).text(" ").number(value).text("\n");
    }

    private static void head(TextPage page, String name, String type, String help) {
        page.text("# HELP ").text(name).text(" ").text(help);
        page.text("\n# TYPE ").text(name).text(" ").text(type).text("\n");
    }

    private Row row(ServiceFigures figures) {
        return new Row(figures, labels.computeIfAbsent(figures.port(), this::labels));
    }

    private byte[] labels(ServicePortName port) {
        scratch.clear();
        scratch.text("namespace=\"")
                .labelValue(port.service().namespace())
                .text("\",port=\"")
                .labelValue(port.portName())
                .text("\",protocol=\"")
                .text(port.protocol().name())
                .text("\",service=\"")
                .labelValue(port.service().name())
                .text("\"} ");
        return scratch.toBytes();
    }

    /** Returns the figures in order of name; none if they can't be read. */
    private List<ServiceFigures> read() {
        final long now = nanoClock.getAsLong();
        final Reading known = last;
        if (known != null && now - known.nanos() < MAX_AGE_NANOS) {
            return known.figures();
        }
        List<ServiceFigures> figures;
        try {
            figures = order.sorted(source.figures());
        } catch (BackendException e) { // counted; the audit reports one that persists
            failures++;
            figures = List.of();
        }
        last = new Reading(figures, now);
        return figures;
    }
}
