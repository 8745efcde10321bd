package io.pointsman.lab;

import io.pointsman.spi.FlowRecord.Tuple;
import java.util.List;
import java.util.Optional;

/**
 * Path of a connection's first packet, hop by hop: as {@code explain} predicts it, and as captures on the hosts saw it.
 *
 * @param outcome explain's last line
 * @param steps explain's text, one line for each step
 * @param differences differences between captures and prediction; empty if they agree
 */
record Journey(List<Stop> stops, String outcome, List<String> steps, List<String> differences) {
    /**
     * A host on the path.
     *
     * @param role {@code client}, {@code load balancer}, {@code node}, {@code pod}
     * @param arriving the packet as it comes in; empty at the start of the path
     * @param leaving the packet as it goes out; empty at the end of the path
     * @param actions what the host does to the packet, in words
     * @param seen whether the capture on the host saw exactly these packets
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

    /** Formats as {@code client 198.51.100.79 → kubernetes-node-cx31 → source-ip-app}. */
    String text() {
        return String.join(" → ", stops.stream().map(Stop::host).toList());
    }
}
