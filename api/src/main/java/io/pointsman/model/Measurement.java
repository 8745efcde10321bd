package io.pointsman.model;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/** A sample of a metric, for a scraper. */
public sealed interface Measurement {
    Metric metric();

    /** Returns the labels. Each takes few values: no Service names, no client addresses. */
    Map<String, String> labels();

    /**
     * A metric's name and help text.
     *
     * @param name letters, digits and underscores; ends with the unit, a counter's with {@code _total}
     * @param help one line
     */
    record Metric(String name, String help) {
        private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");

        public Metric {
            if (!NAME.matcher(name).matches() || help.indexOf('\n') >= 0) {
                throw new IllegalArgumentException(
                        "metric \"" + name + "\", \"" + help + "\": a name is of " + NAME + ", and the help one line");
            }
        }
    }

    /** A value that goes up and down. */
    record Gauge(Metric metric, Map<String, String> labels, double value) implements Measurement {
        public Gauge {
            Objects.requireNonNull(metric, "metric");
            labels = Map.copyOf(labels);
        }
    }

    /** A value that only grows. */
    record Counter(Metric metric, Map<String, String> labels, double value) implements Measurement {
        public Counter {
            Objects.requireNonNull(metric, "metric");
            labels = Map.copyOf(labels);
        }
    }

    /**
     * Distribution of values over buckets.
     *
     * @param bounds upper bounds of the buckets, in ascending order
     * @param counts number of values in each bucket, not cumulative; the last one counts values above all bounds
     */
    record Histogram(Metric metric, Map<String, String> labels, List<Double> bounds, List<Long> counts, double sum)
            implements Measurement {
        public Histogram {
            Objects.requireNonNull(metric, "metric");
            labels = Map.copyOf(labels);
            bounds = List.copyOf(bounds);
            counts = List.copyOf(counts);
            if (counts.size() != bounds.size() + 1) {
                throw new IllegalArgumentException(metric.name() + ": " + counts.size() + " counts for " + bounds.size()
                        + " bounds; there is one more");
            }
        }
    }
}
