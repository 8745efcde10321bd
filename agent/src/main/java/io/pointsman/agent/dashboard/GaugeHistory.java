package io.pointsman.agent.dashboard;

import io.pointsman.agent.json.Json;
import io.pointsman.model.EnumToken;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/** Samples of the gauges from the last hour, one every 10 s. Used by one thread. */
final class GaugeHistory {
    static final Duration PERIOD = Duration.ofSeconds(10);
    static final int SAMPLES = (int) Duration.ofHours(1).dividedBy(PERIOD);

    private final Deque<Map<Gauge, Long>> samples = new ArrayDeque<>();

    /** Adds a sample, and drops the one from an hour ago. */
    void add(Map<Gauge, Long> sample) {
        if (samples.size() == SAMPLES) {
            samples.removeFirst();
        }
        samples.addLast(Map.copyOf(sample));
    }

    /** Returns the samples of each gauge as JSON, oldest first; null for a missing one. */
    String answer() {
        return Json.object(json -> {
            json.writeNumberField("periodSeconds", PERIOD.toSeconds());
            json.writeNumberField("capacity", SAMPLES);
            for (Gauge gauge : Gauge.values()) {
                json.writeArrayFieldStart(EnumToken.camel(gauge));
                for (Map<Gauge, Long> sample : samples) {
                    final Long value = sample.get(gauge);
                    if (value == null) {
                        json.writeNull();
                    } else {
                        json.writeNumber(value);
                    }
                }
                json.writeEndArray();
            }
        });
    }
}
