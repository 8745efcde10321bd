package io.pointsman.bench;

import io.pointsman.bench.engine.EstablishedFlowBenchmark;
import io.pointsman.bench.engine.NewFlowBenchmark;
import io.pointsman.bench.engine.PacketLimitBenchmark;
import io.pointsman.bench.engine.RuleChangeBenchmark;
import io.pointsman.bench.engine.Traffic;
import io.pointsman.bench.engine.UdpLossBenchmark;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Selection of benchmarks, their duration and number of threads. */
final class Suite {
    private static final int[] THREADS = {1, 2};
    private static final String EVERY = ".*";

    private final boolean quick;
    private final List<RunResult> results = new ArrayList<>();

    /** @param quick whether to run for only three to four minutes, with a wider spread */
    Suite(boolean quick) {
        this.quick = quick;
    }

    List<RunResult> run() throws RunnerException {
        for (int threads : THREADS) {
            run(established(threads, Traffic.IPV4));
            run(opened(threads, Traffic.IPV4));
        }
        for (Traffic traffic : Traffic.values()) {
            if (traffic != Traffic.IPV4) {
                run(established(1, traffic));
            }
        }
        run(opened(1, Traffic.IPV6));
        run(limits());
        run(changed());
        run(options(UdpLossBenchmark.class, EVERY, 1));
        return List.copyOf(results);
    }

    private void run(ChainedOptionsBuilder options) throws RunnerException {
        results.addAll(new Runner(options.build()).run());
    }

    /** Returns the options for established flows. Baselines support only IPv4. */
    private ChainedOptionsBuilder established(int threads, Traffic traffic) {
        final String methods = threads > 1
                ? "(engineBatch|limitMemory)$"
                : traffic == Traffic.IPV4 ? EVERY : "(engine.*|packetsOnly|limitMemory)$";
        final ChainedOptionsBuilder options =
                options(EstablishedFlowBenchmark.class, methods, threads).param("traffic", traffic.name());
        return quick ? options.param("flows", "1000000") : options;
    }

    private ChainedOptionsBuilder limits() {
        final ChainedOptionsBuilder options = options(PacketLimitBenchmark.class, EVERY, 1);
        return quick ? options.param("flows", "1000000") : options;
    }

    private ChainedOptionsBuilder opened(int threads, Traffic traffic) {
        final boolean isAlone = threads > 1 || traffic != Traffic.IPV4;
        return options(NewFlowBenchmark.class, isAlone ? "engineBatch$" : EVERY, threads)
                .param("traffic", traffic.name())
                .param("threads", Integer.toString(threads))
                .warmupIterations(quick ? 10 : 15)
                .measurementIterations(quick ? 5 : 15);
    }

    /**
     * Returns the options for rule changes, with a longer warm-up: on two cores, JIT compilation takes one away from the
     * packets or the changes.
     */
    private ChainedOptionsBuilder changed() {
        return options(RuleChangeBenchmark.class, EVERY, 1).warmupIterations(10);
    }

    private ChainedOptionsBuilder options(Class<?> benchmark, String methods, int threads) {
        return new OptionsBuilder()
                .include(benchmark.getName() + "\\." + methods)
                .threads(threads)
                .forks(quick ? 1 : 3)
                .warmupIterations(quick ? 2 : 5)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(quick ? 3 : 5)
                .measurementTime(TimeValue.seconds(1))
                .addProfiler(GCProfiler.class)
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
    }
}
