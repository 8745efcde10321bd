package io.pointsman.agent.status;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What Prometheus' clients tell of any process, by the names that dashboards know ({@code process_*}), from proc(5). Where there
 * is no /proc they have no value.
 */
final class ProcessMetrics {
    private static final Path SELF = Path.of("/proc/self");

    /** USER_HZ, which is the same on all that Java runs on (man 7 time). */
    private static final double TICKS_PER_SECOND = 100;

    private static final double BYTES_PER_KIB = 1024;

    /** utime and stime, counted from the field after the program's name, which may hold anything. */
    private static final int USER_TICKS = 11;

    private static final int SYSTEM_TICKS = 12;

    private ProcessMetrics() {}

    static void register(PrometheusRegistry registry, Instant start) {
        final CounterWithCallback _ = CounterWithCallback.builder()
                .name("process_cpu_seconds")
                .help("Time on processors, of user and kernel")
                .callback(callback -> cpuSeconds().ifPresent(callback::call))
                .register(registry);
        gauge(registry, "process_resident_memory_bytes", "Memory in use", ProcessMetrics::residentBytes);
        gauge(registry, "process_open_fds", "Open files and sockets", ProcessMetrics::openFiles);
        gauge(
                registry,
                "process_start_time_seconds",
                "When the agent started",
                () -> OptionalDouble.of((double) start.toEpochMilli() / 1000));
    }

    private static void gauge(PrometheusRegistry registry, String name, String help, Supplier<OptionalDouble> value) {
        final GaugeWithCallback _ = GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> value.get().ifPresent(callback::call))
                .register(registry);
    }

    private static OptionalDouble cpuSeconds() {
        try {
            final String stat = Files.readString(SELF.resolve("stat"));
            final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return OptionalDouble.of(
                    (double) (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]))
                            / TICKS_PER_SECOND);
        } catch (IOException _) {
            return OptionalDouble.empty();
        }
    }

    private static OptionalDouble residentBytes() {
        try (Stream<String> lines = Files.lines(SELF.resolve("status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) * BYTES_PER_KIB)
                    .findFirst();
        } catch (IOException _) {
            return OptionalDouble.empty();
        }
    }

    private static OptionalDouble openFiles() {
        try (Stream<Path> files = Files.list(SELF.resolve("fd"))) {
            return OptionalDouble.of((double) files.count());
        } catch (IOException _) {
            return OptionalDouble.empty();
        }
    }
}
