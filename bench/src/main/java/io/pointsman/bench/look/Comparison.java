package io.pointsman.bench.look;

import io.pointsman.bench.kernel.Results;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** Cost of each way to look at an agent, compared with an agent that has neither page nor audit. */
final class Comparison {
    private static final long LINGERING_SECONDS = 7;

    private final String prefix;
    private final Unit unit;
    private final Map<Looking, List<Turns.Pair>> pairs = new EnumMap<>(Looking.class);
    private int rounds;

    /** Unit of work, and the units of its figures. */
    enum Unit {
        CONNECTIONS("connections/s", 1, "us", 1),
        PACKETS("M packets/s", 1e6, "ns", 1e3);

        private final String perSecond;
        private final double million; // or 1
        private final String each;
        private final double perMicro;

        Unit(String perSecond, double million, String each, double perMicro) {
            this.perSecond = perSecond;
            this.million = million;
            this.each = each;
            this.perMicro = perMicro;
        }

        double perSecond(Turns.Total total) {
            return total.perSecond() / million;
        }

        double cpuEach(Turns.Total total) {
            return total.cpuMicrosEach() * perMicro;
        }
    }

    /** @param prefix of all names in the table */
    Comparison(String prefix, Unit unit) {
        this.prefix = prefix;
        this.unit = unit;
    }

    /** Measures each way once, for so many seconds. */
    void measure(Contender bare, Contender looked, double seconds) throws IOException, InterruptedException {
        for (Looking looking : Looking.inRound(rounds++)) {
            if (!looking.isConfigured()) {
                continue; // in each of the others' turns
            }
            try (Viewer viewer = looked.viewer(looking)) {
                TimeUnit.SECONDS.sleep(1);
                final Turns.Pair pair = Turns.run(bare, looked, seconds);
                System.err.printf(
                        "%s%s: %.2f, unwatched %.2f %s; ratio %.3f, of CPU %.3f; %d answers, %d bytes%n",
                        prefix,
                        looking.text(),
                        unit.perSecond(pair.second()),
                        unit.perSecond(pair.first()),
                        unit.perSecond,
                        rate(pair),
                        cpu(pair),
                        viewer.answers(),
                        viewer.bytes());
                pairs.computeIfAbsent(looking, _ -> new ArrayList<>()).add(pair);
            }
            settle(looking);
        }
    }

    /** Waits until the agent has stopped watching for the page: until then userspace mode refuses a follower. */
    static void settle(Looking looking) throws InterruptedException {
        if (looking.isOfConnections()) {
            TimeUnit.SECONDS.sleep(LINGERING_SECONDS);
        }
    }

    void put(int services, Results results) {
        final List<Turns.Pair> all =
                pairs.values().stream().flatMap(List::stream).toList();
        final String each = ", CPU, " + unit.each + " each";
        results.put(
                prefix + "unwatched, " + unit.perSecond, services, values(all, pair -> unit.perSecond(pair.first())));
        results.put(prefix + "unwatched" + each, services, values(all, pair -> unit.cpuEach(pair.first())));
        final List<Turns.Pair> configured = pairs.getOrDefault(Looking.CONFIGURED, List.of());
        pairs.forEach((looking, list) -> {
            final String name = prefix + looking.text();
            results.put(name + ", " + unit.perSecond, services, values(list, pair -> unit.perSecond(pair.second())));
            results.put(name + each, services, values(list, pair -> unit.cpuEach(pair.second())));
            results.put(name + " / unwatched, rate", services, values(list, Comparison::rate));
            results.put(name + " / unwatched, CPU", services, values(list, Comparison::cpu));
            if (looking != Looking.CONFIGURED) {
                results.put(name + " / configured, rate", services, ofConfigured(list, configured));
            }
        });
    }

    /** Round by round: two processes of one build differ, and this ratio is of one process. */
    private static List<Double> ofConfigured(List<Turns.Pair> list, List<Turns.Pair> configured) {
        final List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            ratios.add(rate(list.get(i)) / rate(configured.get(i)));
        }
        return ratios;
    }

    private static double rate(Turns.Pair pair) {
        return pair.second().perSecond() / pair.first().perSecond();
    }

    private static double cpu(Turns.Pair pair) {
        return pair.second().cpuMicrosEach() / pair.first().cpuMicrosEach();
    }

    private static List<Double> values(List<Turns.Pair> list, ToDoubleFunction<Turns.Pair> value) {
        return list.stream().mapToDouble(value).boxed().toList();
    }
}
