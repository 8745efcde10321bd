package io.pointsman.agent.dashboard;

import io.pointsman.linux.Sysctl;
import io.pointsman.model.Measurement;
import io.pointsman.spi.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the gauges. If the backend has no flow table of its own, the kernel's is read. */
final class GaugeReader {
    private static final Map<String, Gauge> MEASURED = Map.of(
            "pointsman_flow_table_flows", Gauge.FLOWS,
            "pointsman_flow_table_limit", Gauge.FLOWS_LIMIT,
            "pointsman_flow_events_waiting", Gauge.EVENTS_WAITING,
            "pointsman_flow_events_lost_total", Gauge.EVENTS_LOST);
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";
    private static final int KIB = 1024;

    private final Backend backend;

    GaugeReader(Backend backend) {
        this.backend = backend;
    }

    /** Returns the gauges that can be read. */
    Map<Gauge, Long> read() {
        final Map<Gauge, Long> values = new EnumMap<>(Gauge.class);
        for (Measurement measurement : backend.measurements()) {
            final Gauge gauge = MEASURED.get(measurement.metric().name());
            if (gauge != null) {
                values.put(gauge, value(measurement));
            }
        }
        if (!values.containsKey(Gauge.FLOWS)) {
            sysctl("net.netfilter.nf_conntrack_count").ifPresent(count -> values.put(Gauge.FLOWS, count));
            sysctl("net.netfilter.nf_conntrack_max").ifPresent(count -> values.put(Gauge.FLOWS_LIMIT, count));
        }
        resident().ifPresent(bytes -> values.put(Gauge.RESIDENT_BYTES, bytes));
        final Runtime runtime = Runtime.getRuntime();
        values.put(Gauge.HEAP_BYTES, runtime.totalMemory() - runtime.freeMemory());
        return values;
    }

    private static long value(Measurement measurement) {
        return switch (measurement) {
            case Measurement.Gauge(var _, var _, double value) -> (long) value;
            case Measurement.Counter(var _, var _, double value) -> (long) value;
            case Measurement.Histogram(var _, var _, var _, List<Long> counts, var _) ->
                counts.stream().mapToLong(Long::longValue).sum();
        };
    }

    private static Optional<Long> sysctl(String key) {
        try {
            return Sysctl.read(key).map(String::strip).map(Long::valueOf);
        } catch (IOException | NumberFormatException _) {
            return Optional.empty(); // this kernel lacks it: the gauge is missing
        }
    }

    private static Optional<Long> resident() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(RESIDENT))
                    .map(line -> KIB * Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst();
        } catch (IOException | NumberFormatException _) {
            return Optional.empty(); // not Linux: the gauge is missing
        }
    }
}
