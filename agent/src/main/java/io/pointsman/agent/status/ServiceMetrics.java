package io.pointsman.agent.status;

import io.pointsman.model.ServicePortName;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the backend counted for each service port, labelled with its namespace, Service, port name and protocol. A number that
 * it can't count has no sample. Written by hand: there may be ten samples for each of ten thousand service ports. Any thread.
 */
final class ServiceMetrics {
    /** Figures, as a backend gives them. */
    @FunctionalInterface
    interface Source {
        /** One for each service port, in any order. */
        List<ServiceFigures> figures() throws BackendException;
    }

    /**
     * One sample of each service port.
     *
     * @param type in the words of the format
     * @param direction the label's value; empty for no such label
     */
    private record Series(String name, String type, String help, String direction, Figure figure) {
        /** What stands before a service port's labels. */
        byte[] start() {
            return (name + "{" + (direction.isEmpty() ? "" : "direction=\"" + direction + "\","))
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    /** A service port's figures, and what stands behind the start of each of its samples up to the value. */
    private static final class Row {
        final ServiceFigures figures;
        final byte[] labels;

        Row(ServiceFigures figures, byte[] labels) {
            this.figures = figures;
            this.labels = labels;
        }
    }

    private record Reading(List<ServiceFigures> figures, long nanos) {}

    /** Scrapes in a row get the same: a backend may have to read the kernel's whole connection table. */
    private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final String GAUGE = "gauge";
    private static final String COUNTER = "counter";
    private static final String FROM_CLIENTS = "from_clients";
    private static final String TO_CLIENTS = "to_clients";
    private static final String PACKETS = "pointsman_service_packets_total";
    private static final String BYTES = "pointsman_service_bytes_total";
    private static final String REFUSED = "pointsman_service_refused_total";

    /** Those of one name follow each other. */
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
                    "Connections and UDP flows that were opened",
                    "",
                    Figure.CONNECTIONS),
            new Series(
                    "pointsman_service_affinity_hits_total",
                    COUNTER,
                    "Connections that went where session affinity had sent their client before",
                    "",
                    Figure.AFFINITY_HITS),
            new Series(PACKETS, COUNTER, "Packets that were carried", FROM_CLIENTS, Figure.PACKETS_FROM_CLIENTS),
            new Series(PACKETS, COUNTER, "Packets that were carried", TO_CLIENTS, Figure.PACKETS_TO_CLIENTS),
            new Series(BYTES, COUNTER, "Bytes that were carried", FROM_CLIENTS, Figure.BYTES_FROM_CLIENTS),
            new Series(BYTES, COUNTER, "Bytes that were carried", TO_CLIENTS, Figure.BYTES_TO_CLIENTS));

    private final Source source;
    private final IntSupplier limit;
    private final LongSupplier nanoClock;
    private final TextPage scratch = new TextPage();
    private final Map<ServicePortName, byte[]> labels = new HashMap<>(); // of those shown last
    private @Nullable Reading last;
    private long failures;

    /** @param limit how many service ports have samples, 0 or more; asked at each scrape */
    ServiceMetrics(Source source, IntSupplier limit, LongSupplier nanoClock) {
        this.source = source;
        this.limit = limit;
        this.nanoClock = nanoClock;
    }

    /** Adds them to a page. */
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
                final OptionalLong value = row.figures.value(series.figure());
                if (value.isPresent()) {
                    if (!begun.equals(series.name())) {
                        begun = series.name();
                        head(page, begun, series.type(), series.help());
                    }
                    page.bytes(start)
                            .bytes(row.labels)
                            .number(value.getAsLong())
                            .text("\n");
                }
            }
        }
        refused(page, shown);
        own(page, "left_off", GAUGE, "Service ports beyond the setting service-metrics", all.size() - shown.size());
        own(page, "failures_total", COUNTER, "Times that the backend could not tell what it counted", failures);
    }

    private static void refused(TextPage page, List<Row> shown) {
        boolean isBegun = false;
        for (Row row : shown) {
            for (Map.Entry<String, Long> refused : new TreeMap<>(row.figures.refused()).entrySet()) {
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
}
