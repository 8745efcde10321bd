package io.pointsman.kubernetes.cluster;

import io.pointsman.testserver.ApiTestServer.Fault;
import io.pointsman.testserver.Recorded;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Faults that a request may run into. */
final class Faults {
    private static final String JSON = "application/json";
    private static final byte[] EVENT =
            ("{\"type\":\"ADDED\",\"object\":{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":"
                            + "{\"name\":\"ghost\",\"namespace\":\"default\",\"resourceVersion\":\"1\"},\"spec\":{\"type\":\"ExternalName\"}}}\n")
                    .getBytes(StandardCharsets.UTF_8);

    private Faults() {}

    /** Serves a fault this number of times, then lets every request pass. */
    static Fault times(int times, Fault fault) {
        final AtomicInteger left = new AtomicInteger(times);
        return exchange -> left.getAndUpdate(n -> Math.max(0, n - 1)) > 0 && fault.serve(exchange);
    }

    private static Fault refusal(int status, String type, String recorded, String... headers) {
        return exchange -> {
            exchange.answer(status, type, Recorded.bytes(recorded), headers);
            return true;
        };
    }

    private static Fault stream(byte[] body, boolean endsInOrder) {
        return exchange -> {
            exchange.head();
            exchange.chunk(body);
            if (endsInOrder) {
                exchange.lastChunk();
            } else {
                exchange.cut();
            }
            return true;
        };
    }

    static Map<String, Fault> all() {
        final Map<String, Fault> faults = new LinkedHashMap<>();
        faults.put("401", refusal(401, JSON, "error-401.json"));
        faults.put("403", refusal(403, JSON, "error-403-services.json"));
        faults.put("403 of a watch", refusal(403, JSON, "error-403-watch.json"));
        faults.put("404, plain text", refusal(404, "text/plain", "error-404-group.txt"));
        faults.put("404", refusal(404, JSON, "error-404-version.json"));
        faults.put("410 over HTTP", refusal(410, JSON, "list-410-continue.json"));
        faults.put("422", refusal(422, JSON, "error-422-list-options.json"));
        faults.put("429, plain text", refusal(429, "text/plain", "error-429.txt", "Retry-After: 0"));
        faults.put("500", refusal(500, JSON, "error-500-watch-resource-version.json"));
        faults.put("504 without kind", refusal(504, "text/plain", "error-504-get.json"));
        faults.put("504, ahead", refusal(504, JSON, "error-504-too-large.json"));
        faults.put("410 as an event", stream(Recorded.bytes("watch-410.jsonl"), true));
        faults.put("ahead as an event", stream(Recorded.bytes("services-watchlist-too-large.jsonl"), true));
        faults.put("an empty answer", stream(" ".getBytes(StandardCharsets.UTF_8), true));
        faults.put("one object, then the end", stream(EVENT, true));
        faults.put("one object, then cut", stream(EVENT, false));
        faults.put("half an object", stream(Arrays.copyOf(EVENT, EVENT.length / 2), true));
        faults.put("half an object, then cut", stream(Arrays.copyOf(EVENT, EVENT.length / 2), false));
        faults.put("a web page", stream("<html>please log in</html>".getBytes(StandardCharsets.UTF_8), true));
        faults.put(
                "a list of nulls",
                stream("{\"kind\":\"ServiceList\",\"items\":[null]}".getBytes(StandardCharsets.UTF_8), true));
        faults.put(
                "an event of no known type",
                stream("{\"type\":\"X\",\"object\":{}}".getBytes(StandardCharsets.UTF_8), true));
        faults.put("no answer, closed", exchange -> {
            exchange.cut();
            return true;
        });
        return faults;
    }

    /** Takes the request and never answers. */
    static final Fault SILENT = exchange -> {
        exchange.hang();
        return true;
    };

    /** Starts to answer and never goes on. */
    static final Fault STALLED = exchange -> {
        exchange.head();
        exchange.hang();
        return true;
    };
}
