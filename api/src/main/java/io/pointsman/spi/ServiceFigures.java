package io.pointsman.spi;

import io.pointsman.model.ServicePortName;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Counts of a backend for one service port, summed over all its addresses. A figure it can't count is absent, not zero.
 *
 * @param port the service port
 * @param values values by figure; 0 or more
 * @param refused total connections that got no endpoint, by the backend's word for the reason ({@code no-endpoint});
 *     reasons that never occurred may be missing
 */
public record ServiceFigures(ServicePortName port, Map<Figure, Long> values, Map<String, Long> refused) {
    /**
     * A counted quantity. Totals grow while the backend is open and the service port has a rule. They restart at 0 after
     * either ends, or if the kernel counts and its rules are created again.
     */
    public enum Figure {
        /** Current connections and UDP flows, not a total. */
        CONNECTIONS_NOW,
        /** Total connections and UDP flows opened. */
        CONNECTIONS,
        /** Total connections that session affinity sent to their client's previous endpoint. */
        AFFINITY_HITS,
        /** Total packets from clients. */
        PACKETS_FROM_CLIENTS,
        /** Total packets to clients. */
        PACKETS_TO_CLIENTS,
        /** Total bytes from clients; each backend's page says whether headers are included. */
        BYTES_FROM_CLIENTS,
        /** Total bytes to clients, counted like those from clients. */
        BYTES_TO_CLIENTS
    }

    public ServiceFigures {
        Objects.requireNonNull(port, "port");
        values = Map.copyOf(values);
        refused = Map.copyOf(refused);
    }

    /** Returns the value of a figure; empty if the backend doesn't count it. */
    public OptionalLong value(Figure figure) {
        final Long value = values.get(figure);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /**
     * Merges two lists of figures. If both have a value, the second's counts.
     *
     * @return figures in order of service port
     */
    public static List<ServiceFigures> merged(Collection<ServiceFigures> first, Collection<ServiceFigures> second) {
        final Map<ServicePortName, ServiceFigures> all = new TreeMap<>();
        first.forEach(each -> all.put(each.port, each));
        second.forEach(each -> all.merge(each.port, each, ServiceFigures::and));
        return List.copyOf(all.values());
    }

    private ServiceFigures and(ServiceFigures other) {
        final Map<Figure, Long> bothValues = new HashMap<>(values);
        bothValues.putAll(other.values);
        final Map<String, Long> bothRefused = new HashMap<>(refused);
        bothRefused.putAll(other.refused);
        return new ServiceFigures(port, bothValues, bothRefused);
    }

    /**
     * Counts existing connections by service port. Does not add up their packets and bytes, which would shrink as
     * connections end.
     *
     * @return figures in order of service port, for ports with a connection
     */
    public static List<ServiceFigures> of(Stream<FlowRecord> flows) {
        final Map<ServicePortName, Long> connections = new TreeMap<>();
        flows.forEach(flow -> flow.owner().ifPresent(port -> connections.merge(port, 1L, Long::sum)));
        return connections.entrySet().stream()
                .map(entry ->
                        new ServiceFigures(entry.getKey(), Map.of(Figure.CONNECTIONS_NOW, entry.getValue()), Map.of()))
                .toList();
    }
}
