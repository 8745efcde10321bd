package io.pointsman.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Measures durations for a {@link Measurement.Histogram}. Thread-safe. */
public final class Durations {
    private static final double NANOS_PER_SECOND = 1e9;

    private final List<Double> bounds;
    private final long[] counts; // guarded by this
    private double sumSeconds; // guarded by this

    /** Creates a histogram with the given upper bounds of its buckets, in seconds, in ascending order. */
    public Durations(List<Double> bounds) {
        this.bounds = List.copyOf(bounds);
        counts = new long[bounds.size() + 1];
    }

    /**
     * Creates a histogram whose bucket bounds grow by a constant factor.
     *
     * @param first upper bound of the first bucket, in seconds
     * @param factor each bound divided by the one before
     * @param buckets number of buckets
     */
    public static Durations exponential(double first, double factor, int buckets) {
        final List<Double> bounds = new ArrayList<>(buckets);
        double bound = first;
        for (int i = 0; i < buckets; i++) {
            bounds.add(bound);
            bound *= factor;
        }
        return new Durations(bounds);
    }

    /** Records one duration. */
    public synchronized void add(long nanos) {
        final double seconds = nanos / NANOS_PER_SECOND;
        int bucket = 0;
        while (bucket < bounds.size() && seconds > bounds.get(bucket)) {
            bucket++;
        }
        counts[bucket]++;
        sumSeconds += seconds;
    }

    /** Returns a histogram of all durations recorded so far. */
    public synchronized Measurement.Histogram measured(Measurement.Metric metric, Map<String, String> labels) {
        return new Measurement.Histogram(
                metric, labels, bounds, Arrays.stream(counts).boxed().toList(), sumSeconds);
    }
}
