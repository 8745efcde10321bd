package io.pointsman.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** How long something took, time after time: what a {@link Measurement.Histogram} is made of. Thread-safe. */
public final class Durations {
    private static final double NANOS_PER_SECOND = 1e9;

    private final List<Double> bounds;
    private final long[] counts; // guarded by this
    private double sumSeconds; // guarded by this

    /** With these upper bounds of buckets, in seconds, ascending. */
    public Durations(List<Double> bounds) {
        this.bounds = List.copyOf(bounds);
        counts = new long[bounds.size() + 1];
    }

    /** With so many buckets, the first up to so many seconds, each other up to so many times the one before. */
    public static Durations exponential(double first, double factor, int buckets) {
        final List<Double> bounds = new ArrayList<>(buckets);
        double bound = first;
        for (int i = 0; i < buckets; i++) {
            bounds.add(bound);
            bound *= factor;
        }
        return new Durations(bounds);
    }

    /** It took so long, once more. */
    public synchronized void add(long nanos) {
        final double seconds = nanos / NANOS_PER_SECOND;
        int bucket = 0;
        while (bucket < bounds.size() && seconds > bounds.get(bucket)) {
            bucket++;
        }
        counts[bucket]++;
        sumSeconds += seconds;
    }

    /** All so far. */
    public synchronized Measurement.Histogram measured(Measurement.Metric metric, Map<String, String> labels) {
        return new Measurement.Histogram(
                metric, labels, bounds, Arrays.stream(counts).boxed().toList(), sumSeconds);
    }
}
