package io.pointsman.agent.status;

import io.pointsman.model.Measurement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Measurements of other parts in Prometheus' text format 0.0.4. Written by hand, as the metrics library reserves names
 * that end in {@code _total} for counters, and kube-proxy has gauges with such names.
 */
final class MeasurementText {
    private MeasurementText() {}

    static String of(List<Measurement> measurements) {
        final Map<String, List<Measurement>> byName = new TreeMap<>();
        measurements.forEach(one -> byName.computeIfAbsent(one.metric().name(), _ -> new ArrayList<>())
                .add(one));
        final StringBuilder text = new StringBuilder();
        byName.forEach((name, samples) -> {
            final Measurement first = samples.getFirst();
            text.append("# HELP ").append(name).append(' ').append(help(first)).append('\n');
            text.append("# TYPE ").append(name).append(' ').append(type(first)).append('\n');
            samples.forEach(sample -> add(text, name, sample));
        });
        return text.toString();
    }

    private static String help(Measurement measurement) {
        return measurement.metric().help().replace("\\", "\\\\");
    }

    private static String type(Measurement measurement) {
        return switch (measurement) {
            case Measurement.Gauge _ -> "gauge";
            case Measurement.Counter _ -> "counter";
            case Measurement.Histogram _ -> "histogram";
        };
    }

    private static void add(StringBuilder text, String name, Measurement sample) {
        switch (sample) {
            case Measurement.Gauge gauge -> line(text, name, gauge.labels(), gauge.value());
            case Measurement.Counter counter -> line(text, name, counter.labels(), counter.value());
            case Measurement.Histogram histogram -> add(text, name, histogram);
        }
    }

    private static void add(StringBuilder text, String name, Measurement.Histogram histogram) {
        long count = 0;
        for (int i = 0; i < histogram.counts().size(); i++) {
            count += histogram.counts().get(i);
            final Map<String, String> labels = new HashMap<>(histogram.labels());
            labels.put(
                    "le",
                    i < histogram.bounds().size()
                            ? Double.toString(histogram.bounds().get(i))
                            : "+Inf");
            line(text, name + "_bucket", labels, (double) count);
        }
        line(text, name + "_count", histogram.labels(), (double) count);
        line(text, name + "_sum", histogram.labels(), histogram.sum());
    }

    private static void line(StringBuilder text, String name, Map<String, String> labels, double value) {
        final String list = new TreeMap<>(labels)
                .entrySet().stream()
                        .map(label -> label.getKey() + "=\"" + escaped(label.getValue()) + "\"")
                        .collect(Collectors.joining(","));
        text.append(name);
        if (!list.isEmpty()) {
            text.append('{').append(list).append('}');
        }
        text.append(' ').append(value).append('\n');
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
