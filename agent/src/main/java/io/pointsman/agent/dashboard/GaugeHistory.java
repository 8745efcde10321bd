package io.pointsman.agent.dashboard;

import io.pointsman.agent.json.Json;
import io.pointsman.model.EnumToken;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/** The gauges of the last hour, a sample every ten seconds. One thread. */
final class GaugeHistory {
    static final Duration PERIOD = Duration.ofSeconds(10);
    static final int SAMPLES = (int) Duration.ofHours(1).dividedBy(PERIOD);

    private final Deque<Map<Gauge, Long>> samples = new ArrayDeque<>();

    /** Keeps one, in place of the one that is an hour old. */
    void add(Map<Gauge, Long> sample) {
        if (samples.size() == SAMPLES) {
            samples.removeFirst();
        }
        samples.addLast(Map.copyOf(sample));
    }

    /** Each gauge from the oldest to the newest, null where it was not to be had. */
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
