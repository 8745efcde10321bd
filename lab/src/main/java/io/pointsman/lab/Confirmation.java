package io.pointsman.lab;

import io.pointsman.lab.Journey.Stop;
import io.pointsman.nat.Explanation;
import io.pointsman.spi.FlowRecord.Tuple;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares a predicted path with the packets captured on its hosts. Addresses and destination ports must agree; the backend
 * may choose the source port of a translated packet.
 */
final class Confirmation {
    private final List<Stop> stops = new ArrayList<>();
    private final List<String> differences = new ArrayList<>();

    Confirmation(SynTracer tracer, List<Stop> foretold, Explanation explanation) throws IOException {
        final Set<String> destinations = new HashSet<>();
        final Map<String, List<Tuple>> expected = new LinkedHashMap<>();
        for (Stop stop : foretold) {
            final List<Tuple> tuples = expected.computeIfAbsent(stop.host(), _ -> new ArrayList<>());
            stop.arriving().ifPresent(tuples::add);
            stop.leaving().ifPresent(tuples::add);
            tuples.forEach(tuple -> destinations.add(destination(tuple)));
        }
        explanation
                .candidates()
                .forEach(endpoint -> destinations.add(endpoint.address().withPort(endpoint.port())));
        for (Stop stop : foretold) {
            final List<Tuple> captured = tracer.seenOn(stop.host()).stream()
                    .filter(tuple -> destinations.contains(destination(tuple)))
                    .toList();
            final List<Tuple> wanted = expected.getOrDefault(stop.host(), List.of());
            final boolean isSeen = wanted.stream().allMatch(tuple -> isIn(captured, tuple))
                    && captured.stream().allMatch(tuple -> isIn(wanted, tuple));
            if (!isSeen) {
                differences.add(stop.host() + " should have seen " + wanted + " and saw " + captured);
            }
            stops.add(new Stop(stop.host(), stop.role(), stop.arriving(), stop.leaving(), stop.actions(), isSeen));
        }
    }

    /** Returns the stops, each with whether it was seen. */
    List<Stop> stops() {
        return stops;
    }

    /** Returns a sentence for each host that saw other packets. */
    List<String> differences() {
        return differences;
    }

    private static String destination(Tuple tuple) {
        return tuple.destination().withPort(tuple.destinationPort());
    }

    private static boolean isIn(List<Tuple> tuples, Tuple wanted) {
        return tuples.stream()
                .anyMatch(tuple -> tuple.source().equals(wanted.source())
                        && destination(tuple).equals(destination(wanted)));
    }
}
