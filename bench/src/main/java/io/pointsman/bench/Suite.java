package io.pointsman.bench;

import io.pointsman.bench.engine.EstablishedFlowBenchmark;
import io.pointsman.bench.engine.NewFlowBenchmark;
import io.pointsman.bench.engine.RuleChangeBenchmark;
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

/** Which benchmarks run, how long, and on how many threads. */
final class Suite {
    private static final int[] THREADS = {1, 2};
    private static final String EVERY = ".*";

    private final boolean quick;
    private final List<RunResult> results = new ArrayList<>();

    /** @param quick two to three minutes, and a wider spread */
    Suite(boolean quick) {
        this.quick = quick;
    }

    List<RunResult> run() throws RunnerException {
        for (int threads : THREADS) {
            run(established(threads));
            run(opened(threads));
        }
        run(changed());
        run(options(UdpLossBenchmark.class, EVERY, 1));
        return List.copyOf(results);
    }

    private void run(ChainedOptionsBuilder options) throws RunnerException {
        results.addAll(new Runner(options.build()).run());
    }

    private ChainedOptionsBuilder established(int threads) {
        final String methods = threads > 1 ? "(engineBatch|limitMemory)$" : EVERY;
        final ChainedOptionsBuilder options = options(EstablishedFlowBenchmark.class, methods, threads);
        return quick ? options.param("flows", "1000000") : options;
    }

    private ChainedOptionsBuilder opened(int threads) {
        return options(NewFlowBenchmark.class, threads > 1 ? "engineBatch$" : EVERY, threads)
                .param("threads", Integer.toString(threads))
                .warmupIterations(quick ? 10 : 15)
                .measurementIterations(quick ? 5 : 15);
    }

    /** With more time to warm up: what still compiles takes the one core or the other from packets and changes. */
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
