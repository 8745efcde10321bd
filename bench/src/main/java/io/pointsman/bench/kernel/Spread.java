package io.pointsman.bench.kernel;

import java.util.List;
import java.util.Locale;

/** Median, minimum and maximum of some measurements. */
public record Spread(double median, double min, double max, int count) {
    /** Returns the spread of one or more values. */
    public static Spread of(List<Double> values) {
        final double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        return new Spread(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1], sorted.length);
    }

    /** Returns {@code "median": 1.0, …}, without braces. */
    public String json() {
        return String.format(
                Locale.ROOT, "\"median\": %.3f, \"min\": %.3f, \"max\": %.3f, \"count\": %d", median, min, max, count);
    }
}
