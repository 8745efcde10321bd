package io.pointsman.model;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/** What some part counts, for a scraper: one sample of a metric, as it is at one moment. */
public sealed interface Measurement {
    Metric metric();

    /** Few values each: no name of a Service, no address of a client. */
    Map<String, String> labels();

    /**
     * What is measured.
     *
     * @param name letters, digits and underscores, with its unit, {@code _total} behind a counter's
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
     * How often values were how large.
     *
     * @param bounds upper bounds of the buckets, ascending
     * @param counts of each bucket by itself, and of what is above all
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
