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
 * What a backend counted for one service port, all its addresses together. What it can't count is absent, not zero.
 *
 * @param port the service port
 * @param values by figure; 0 or more
 * @param refused connections that got no endpoint, in total, by the reason in the words of the backend ({@code no-endpoint});
 *     reasons that never occurred may be missing
 */
public record ServiceFigures(ServicePortName port, Map<Figure, Long> values, Map<String, Long> refused) {
    /**
     * One number. Totals grow while the backend is open and the service port has a rule; they begin again at 0 when either
     * ends, or where the kernel counts and its rules are made again.
     */
    public enum Figure {
        /** Connections and UDP flows now, not a total. */
        CONNECTIONS_NOW,
        /** Connections and UDP flows opened, in total. */
        CONNECTIONS,
        /** Connections that went where session affinity had sent their client before, in total. */
        AFFINITY_HITS,
        /** Packets from clients, in total. */
        PACKETS_FROM_CLIENTS,
        /** Packets to clients, in total. */
        PACKETS_TO_CLIENTS,
        /** Bytes from clients, in total; whether headers are among them is the backend's choice, which its page states. */
        BYTES_FROM_CLIENTS,
        /** Bytes to clients, in total; counted as those from clients are. */
        BYTES_TO_CLIENTS
    }

    public ServiceFigures {
        Objects.requireNonNull(port, "port");
        values = Map.copyOf(values);
        refused = Map.copyOf(refused);
    }

    /** A number; empty where the backend doesn't count it. */
    public OptionalLong value(Figure figure) {
        final Long value = values.get(figure);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    /**
     * Figures of two kinds together. Of a number that both have, the second's counts.
     *
     * @return in the order of the service ports
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
     * What connections that exist now can tell: how many there are of each service port that has one. Not the packets and
     * bytes they carried, which would shrink as connections end.
     *
     * @return in the order of the service ports
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
