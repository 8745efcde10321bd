package io.pointsman.kubernetes.cluster;

import io.pointsman.model.Durations;
import io.pointsman.model.Measurement;
import io.pointsman.model.Measurement.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Counts requests to API servers, under the metric names of Kubernetes' own clients. Thread-safe. */
public final class ApiRequests {
    private static final Metric REQUESTS =
            new Metric("rest_client_requests_total", "Requests to the API server by method, host and status code");
    private static final Metric DURATION = new Metric(
            "rest_client_request_duration_seconds", "From a request to the head of its answer, by verb and host");
    private static final List<Double> BOUNDS =
            List.of(0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0);
    private static final String NO_ANSWER = "<error>";

    private record Target(String method, String host) {}

    private record Outcome(Target target, String code) {}

    private final Map<Outcome, AtomicLong> counts = new ConcurrentHashMap<>();
    private final Map<Target, Durations> durations = new ConcurrentHashMap<>();

    /** Creates counters that are all zero. */
    public ApiRequests() {}

    void answered(String method, String host, int code, long nanos) {
        ended(new Target(method, host), Integer.toString(code), nanos);
    }

    void failed(String method, String host, long nanos) {
        ended(new Target(method, host), NO_ANSWER, nanos);
    }

    private void ended(Target target, String code, long nanos) {
        counts.computeIfAbsent(new Outcome(target, code), _ -> new AtomicLong()).incrementAndGet();
        durations.computeIfAbsent(target, _ -> new Durations(BOUNDS)).add(nanos);
    }

    /** Returns the counts so far. */
    public List<Measurement> measurements() {
        final List<Measurement> all = new ArrayList<>();
        counts.forEach((outcome, count) -> all.add(new Measurement.Counter(
                REQUESTS,
                Map.of(
                        "code", outcome.code(),
                        "host", outcome.target().host(),
                        "method", outcome.target().method()),
                count.get())));
        durations.forEach((target, some) ->
                all.add(some.measured(DURATION, Map.of("host", target.host(), "verb", target.method()))));
        return all;
    }
}
