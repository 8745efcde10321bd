package io.pointsman.bench.proxy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Throughput of one TCP stream, and rate of short connections, through each contender in turn, round by round:
 * {@code [threads] [rounds] [seconds] [-Djvm.flag …] [key=value …]}. Prints medians, spread and processor time per unit of
 * work, which other load on the machine affects less than rates.
 */
public final class ProxyBenchmark {
    private static final int CLIENT_THREADS = 8;

    private ProxyBenchmark() {}

    private record Sample(double rate, double cpuSeconds, double seconds) {
        double cpuPerUnit() {
            return cpuSeconds / (rate * seconds);
        }
    }

    public static void main(String[] args) throws Exception {
        final List<String> numbers =
                Arrays.stream(args).filter(arg -> arg.matches("[0-9.]+")).toList();
        final int threads = numbers.isEmpty() ? 1 : Integer.parseInt(numbers.getFirst());
        final int rounds = numbers.size() < 2 ? 5 : Integer.parseInt(numbers.get(1));
        final double seconds = numbers.size() < 3 ? 1 : Double.parseDouble(numbers.get(2));
        final List<String> flags =
                Arrays.stream(args).filter(arg -> arg.startsWith("-")).toList();
        final List<String> settings = Arrays.stream(args)
                .filter(arg -> !arg.startsWith("-") && arg.contains("="))
                .toList();
        try (Load load = new Load();
                Contender direct = Contender.direct(load.port());
                Contender haproxy = Contender.haproxy(load.port(), threads, false);
                Contender splice = Contender.haproxy(load.port(), threads, true);
                Contender pointsman = Contender.pointsman(load.port(), threads, flags, settings)) {
            final List<Contender> contenders = List.of(direct, haproxy, splice, pointsman);
            for (Contender contender : contenders) { // warm-up of this JVM's and the backend's JIT compilers
                load.stream(contender.port(), 1);
                load.connections(contender.port(), CLIENT_THREADS, contender.isJvm() ? 8 : 1);
            }
            final Map<Contender, List<Sample>> streams = new LinkedHashMap<>();
            final Map<Contender, List<Sample>> connections = new LinkedHashMap<>();
            for (int round = 0; round < rounds; round++) {
                for (Contender contender : contenders) {
                    measure(contender, seconds, streams, () -> load.stream(contender.port(), seconds));
                    measure(
                            contender,
                            seconds,
                            connections,
                            () -> load.connections(contender.port(), CLIENT_THREADS, seconds));
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%d proxy threads, %d rounds of %.1f s, %s %s%n",
                    threads,
                    rounds,
                    seconds,
                    flags,
                    settings);
            print("one stream", "Gbit/s", 1e9, "CPU s/GB", 8e9, streams);
            print("connections", "k/s", 1e3, "CPU us/connection", 1e6, connections);
        }
    }

    private interface Measurement {
        double rate() throws Exception;
    }

    private static void measure(
            Contender contender, double seconds, Map<Contender, List<Sample>> samples, Measurement measurement)
            throws Exception {
        Load.rest();
        final double cpuBefore = contender.cpuSeconds();
        final double rate = measurement.rate();
        samples.computeIfAbsent(contender, _ -> new ArrayList<>())
                .add(new Sample(rate, contender.cpuSeconds() - cpuBefore, seconds));
    }

    private static void print(
            String what,
            String unit,
            double scale,
            String cpuUnit,
            double cpuScale,
            Map<Contender, List<Sample>> samples) {
        final double reference = samples.entrySet().stream()
                .filter(entry -> entry.getKey().name().equals("haproxy"))
                .mapToDouble(entry -> median(entry.getValue(), Sample::rate))
                .sum();
        samples.forEach((contender, list) -> System.out.printf(
                Locale.ROOT,
                "%-12s %-15s median %7.2f %s (%s), %.2f of haproxy, %.2f %s%n",
                what,
                contender.name(),
                median(list, Sample::rate) / scale,
                unit,
                list.stream()
                        .map(sample -> String.format(Locale.ROOT, "%.2f", sample.rate() / scale))
                        .sorted()
                        .collect(Collectors.joining(" ")),
                median(list, Sample::rate) / reference,
                median(list, Sample::cpuPerUnit) * cpuScale,
                cpuUnit));
    }

    private static double median(List<Sample> samples, java.util.function.ToDoubleFunction<Sample> of) {
        final double[] sorted = samples.stream().mapToDouble(of).sorted().toArray();
        return sorted[sorted.length / 2];
    }
}
