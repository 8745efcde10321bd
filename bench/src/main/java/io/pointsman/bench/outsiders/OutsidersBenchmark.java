package io.pointsman.bench.outsiders;

import io.pointsman.bench.kernel.ComparedBuilds;
import io.pointsman.bench.kernel.Results;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.outsiders.AgentBuild;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Benchmark of what hostile clients cost the agent and its other clients, compared with another build. */
@Command(
        name = "pointsman bench outsiders",
        mixinStandardHelpOptions = true,
        description = {
            "Measures, as root and in network namespaces of its own, what outsiders cost a node with the userspace backend:",
            "the agent's resident memory, and the time and losses of a client beside them. 4 HTTP clients that pipeline and",
            "read nothing; 1,500 slow readers at a heap of 512 MiB; 12,000 idle connections at 20,000 descriptors."
        })
public final class OutsidersBenchmark implements Callable<Integer> {
    private static final String THIS = "this";
    private static final String OTHER = "other";

    @Mixin
    private final ComparedBuilds builds = new ComparedBuilds();

    @Option(names = "--rounds", description = "Fresh agents of each build for each row (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(names = "--seconds", description = "How long outsiders are at it (default: ${DEFAULT-VALUE}).")
    private long seconds = 20;

    @Mixin
    private final Results results = new Results(Path.of("outsiders.json"), "outsiders");

    private OutsidersBenchmark() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new OutsidersBenchmark()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        final Optional<String> unavailable = Lab.unavailable();
        if (unavailable.isPresent()) {
            System.err.println(unavailable.get());
            return 1;
        }
        final Map<String, AgentBuild> agents = builds.agents(THIS, OTHER);
        for (Scenario scenario : Scenario.values()) {
            measure(scenario, agents);
        }
        results.print("outsiders", System.out);
        return 0;
    }

    private void measure(Scenario scenario, Map<String, AgentBuild> agents) throws IOException, InterruptedException {
        final Map<String, List<Trial>> trials = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Map.Entry<String, AgentBuild> of : agents.entrySet()) {
                final Trial trial = Trial.run(of.getValue(), scenario, seconds);
                System.err.println(scenario.text() + ", " + of.getKey() + ": " + trial);
                trials.computeIfAbsent(of.getKey(), _ -> new ArrayList<>()).add(trial);
            }
        }
        trials.forEach((name, list) -> {
            put(scenario, name + " quiet, MiB", list, trial -> trial.quiet().peakMebibytes());
            put(scenario, name + " quiet p50, ms", list, trial -> trial.quiet().medianMillis());
            put(scenario, name + " quiet p99, ms", list, trial -> trial.quiet().p99Millis());
            put(scenario, name + " peak, MiB", list, Trial::peakMebibytes);
            put(scenario, name + " afterwards, MiB", list, Trial::afterMebibytes);
            put(scenario, name + " p50, ms", list, trial -> trial.attacked().medianMillis());
            put(scenario, name + " p99, ms", list, trial -> trial.attacked().p99Millis());
            put(scenario, name + " answered", list, trial -> trial.attacked().answered());
            put(scenario, name + " lost", list, trial -> trial.attacked().lost());
        });
        if (trials.containsKey(OTHER)) {
            putTimes(scenario, "other / this, peak", trials, Trial::peakMebibytes);
            putTimes(scenario, "other / this, grown", trials, Trial::grownMebibytes);
        }
    }

    private void put(Scenario scenario, String what, List<Trial> trials, ToDoubleFunction<Trial> value) {
        final List<Double> values = trials.stream()
                .mapToDouble(value)
                .filter(Double::isFinite)
                .boxed()
                .toList();
        if (!values.isEmpty()) { // without answered requests there is no time
            results.put(scenario.text() + " " + what, scenario.outsiders, values);
        }
    }

    /** Adds the ratios of the other build to this one, round by round. */
    private void putTimes(
            Scenario scenario, String what, Map<String, List<Trial>> trials, ToDoubleFunction<Trial> value) {
        final List<Trial> own = trials.getOrDefault(THIS, List.of());
        final List<Trial> others = trials.getOrDefault(OTHER, List.of());
        final List<Double> times = new ArrayList<>();
        for (int i = 0; i < own.size(); i++) {
            times.add(value.applyAsDouble(others.get(i)) / value.applyAsDouble(own.get(i)));
        }
        results.put(scenario.text() + " " + what, scenario.outsiders, times);
    }
}
