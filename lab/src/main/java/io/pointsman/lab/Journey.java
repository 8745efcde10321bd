package io.pointsman.lab;

import io.pointsman.spi.FlowRecord.Tuple;
import java.util.List;
import java.util.Optional;

/**
 * The way of a connection's first packet, hop by hop: as {@code explain} foretells it, and as captures on the hosts saw it.
 *
 * @param outcome explain's last line
 * @param steps explain's words, a line for each step
 * @param differences where the captures differ from what was foretold; empty when they agree
 */
record Journey(List<Stop> stops, String outcome, List<String> steps, List<String> differences) {
    /**
     * A host on the way.
     *
     * @param role {@code client}, {@code load balancer}, {@code node}, {@code pod}
     * @param arriving the packet as it comes in; empty where it starts
     * @param leaving the packet as it goes out; empty where it ends
     * @param actions what the host does to it, in words
     * @param seen whether the capture there saw just these packets
     */
    record Stop(
            String host,
            String role,
            Optional<Tuple> arriving,
            Optional<Tuple> leaving,
            List<String> actions,
            boolean seen) {
        Stop {
            actions = List.copyOf(actions);
        }
    }

    Journey {
        stops = List.copyOf(stops);
        steps = List.copyOf(steps);
        differences = List.copyOf(differences);
    }

    boolean isConfirmed() {
        return differences.isEmpty();
    }

    /** {@code client 198.51.100.79 → kubernetes-node-cx31 → source-ip-app}. */
    String text() {
        return String.join(" → ", stops.stream().map(Stop::host).toList());
    }
}
