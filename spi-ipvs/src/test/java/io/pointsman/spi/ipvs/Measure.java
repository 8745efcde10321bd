package io.pointsman.spi.ipvs;

import java.util.List;
import java.util.Locale;

/** Takes times. */
final class Measure {
    private Measure() {}

    interface Work {
        void run() throws Exception;
    }

    static double seconds(Work work) throws Exception {
        final long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    static String text(List<Double> values) {
        return String.join(
                " ",
                values.stream()
                        .map(value -> String.format(Locale.ROOT, "%.2f", value))
                        .toList());
    }
}
