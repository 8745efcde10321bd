package io.pointsman.bench.kernel;

import java.util.List;
import java.util.Locale;

/**
 * Median, minimum and maximum of some measurements.
 *
 * @param low lower limit of the median's 95 % confidence interval, by the order of the values alone; the minimum if there are
 *     fewer than six
 * @param high its upper limit
 */
public record Spread(double median, double min, double max, double low, double high, int count) {
    private static final double OUTSIDE = 0.025; // probability on each side

    /** Returns the spread of one or more values. */
    public static Spread of(List<Double> values) {
        final double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("nothing was measured");
        }
        final int count = sorted.length;
        final int below = ranksBelow(count);
        final double median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
        return new Spread(median, sorted[0], sorted[count - 1], sorted[below], sorted[count - 1 - below], count);
    }

    /**
     * Returns how many of the least values lie outside of the median's interval: each value is below the true median with a
     * probability of a half, so the number of those below is distributed binomially.
     */
    private static int ranksBelow(int count) {
        double term = Math.pow(0.5, count); // probability that none is below
        double sum = term;
        int below = 0;
        while (sum <= OUTSIDE) {
            below++;
            term *= (count - below + 1.0) / below;
            sum += term;
        }
        return Math.max(0, below - 1);
    }

    /** Returns {@code "median": 1.0, …}, without braces. */
    public String json() {
        return String.format(
                Locale.ROOT,
                "\"median\": %.3f, \"min\": %.3f, \"max\": %.3f, \"low95\": %.3f, \"high95\": %.3f, \"count\": %d",
                median,
                min,
                max,
                low,
                high,
                count);
    }
}
