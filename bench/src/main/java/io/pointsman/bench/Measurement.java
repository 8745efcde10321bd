package io.pointsman.bench;

import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.util.ListStatistics;
import org.openjdk.jmh.util.Statistics;

/**
 * A measured benchmark method, with its parameters and number of threads.
 *
 * @param name class and method, without the package
 * @param median of all iterations of all forks: millions of operations per second, all threads together, or the time
 *     of one operation in the method's unit
 * @param bytesPerOperation heap bytes allocated for an operation, or for a new flow; negative if not measured
 * @param p999 99.9th percentile of a single operation's time, in the same unit, as the median of all iterations; 0
 *     for methods that do not sample it
 */
record Measurement(
        String name,
        Map<String, String> parameters,
        int threads,
        boolean isRate,
        double median,
        double min,
        double max,
        String unit,
        double bytesPerOperation,
        double p999) {
    private static final String FLOWS = "flows";
    private static final String TRAFFIC = "traffic";

    static Measurement of(RunResult run) {
        final Result<?> primary = run.getPrimaryResult();
        final Statistics all = primary.getStatistics();
        final var params = run.getParams();
        final Map<String, String> parameters =
                params.getParamsKeys().stream().collect(Collectors.toMap(key -> key, params::getParam));
        final boolean isShot = params.getMode() == Mode.SingleShotTime;
        final Statistics shown = isShot ? rates(all, Integer.parseInt(params.getParam(FLOWS))) : all;
        final boolean isRate = isShot || params.getMode() == Mode.Throughput;
        final String benchmark = params.getBenchmark();
        final int className = benchmark.lastIndexOf('.', benchmark.lastIndexOf('.') - 1) + 1;
        return new Measurement(
                benchmark.substring(className).replace("Benchmark.", "."),
                parameters,
                params.getThreads(),
                isRate,
                shown.getPercentile(50),
                shown.getMin(),
                shown.getMax(),
                isRate ? "M/s" : primary.getScoreUnit(),
                isShot ? allocated(run) / Integer.parseInt(params.getParam(FLOWS)) : allocated(run),
                params.getMode() == Mode.SampleTime ? p999(run) : 0);
    }

    /**
     * Converts a shot's microseconds to millions of flows per second; one shot makes all flows, whatever the number of
     * threads.
     */
    private static Statistics rates(Statistics shots, int flows) {
        final var rates = new ListStatistics();
        shots.getRawData().forEachRemaining(entry -> {
            for (long i = 0; i < entry.getValue(); i++) {
                rates.addValue(flows / entry.getKey());
            }
        });
        return rates;
    }

    private static double p999(RunResult run) {
        final var iterations = new ListStatistics();
        for (BenchmarkResult fork : run.getBenchmarkResults()) {
            for (IterationResult iteration : fork.getIterationResults()) {
                iterations.addValue(iteration.getPrimaryResult().getStatistics().getPercentile(99.9));
            }
        }
        return iterations.getPercentile(50);
    }

    private static double allocated(RunResult run) {
        final @Nullable Result<?> result = run.getSecondaryResults().get("gc.alloc.rate.norm");
        return result == null ? -1 : result.getScore();
    }

    String flows() {
        return parameters.getOrDefault(FLOWS, "");
    }

    /** Returns the name of the {@link io.pointsman.bench.engine.Traffic}; empty if there is only one kind. */
    String traffic() {
        return parameters.getOrDefault(TRAFFIC, "");
    }

    /** Returns the class name, without the method. */
    String group() {
        return name.substring(0, name.indexOf('.'));
    }

    String method() {
        return name.substring(name.indexOf('.') + 1);
    }
}
