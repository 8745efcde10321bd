package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.NamedCounter;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import io.pointsman.spi.nftables.render.Counter;
import io.pointsman.spi.nftables.render.Counting;
import io.pointsman.spi.nftables.render.Layout;
import java.io.IOException;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Figures of service ports, from the named counters of both tables. */
public final class Figures {
    /** Reasons of the engine that the counters correspond to. */
    private static final Map<Counter, String> REASONS = Map.of(
            Counter.REFUSED, "no-endpoint",
            Counter.DENIED, "source-not-allowed",
            Counter.DROPPED, "rule-drop");

    private final Map<String, NamedCounter> counters = new HashMap<>();

    private Figures() {}

    /**
     * Reads the counters in the calling thread's network namespace. Figures that are not counted are absent.
     *
     * @param rules those in force
     * @param now how many connections there are
     */
    public static List<ServiceFigures> read(Counting counting, Collection<Rule> rules, List<ServiceFigures> now)
            throws IOException {
        final Map<IpFamily, Set<String>> names = new EnumMap<>(IpFamily.class);
        final Set<ServicePortName> owners = new HashSet<>();
        for (Rule rule : rules) {
            owners.add(rule.owner());
            names.computeIfAbsent(rule.frontend().family(), _ -> new LinkedHashSet<>())
                    .addAll(Counter.of(rule, counting));
        }
        final Figures figures = new Figures();
        try (NfTables kernel = NfTables.open()) {
            for (Map.Entry<IpFamily, Set<String>> each : names.entrySet()) {
                kernel.counters(Layout.table(each.getKey()), each.getValue())
                        .forEach(counter -> figures.counters.merge(counter.name(), counter, Figures::sum));
            }
        }
        final Map<ServicePortName, ServiceFigures> all = new TreeMap<>();
        now.forEach(each -> all.put(each.port(), each));
        owners.forEach(owner ->
                all.compute(owner, (_, known) -> figures.of(owner, known == null ? Map.of() : known.values())));
        all.values().removeIf(each -> each.values().isEmpty() && each.refused().isEmpty());
        return List.copyOf(all.values());
    }

    private static NamedCounter sum(NamedCounter one, NamedCounter other) {
        return new NamedCounter(
                one.name(), one.packets() + other.packets(), one.bytes() + other.bytes(), one.comment());
    }

    private ServiceFigures of(ServicePortName owner, Map<Figure, Long> known) {
        final Map<Figure, Long> values = new EnumMap<>(Figure.class);
        values.putAll(known);
        final NamedCounter connections = counters.get(Counter.CONNECTIONS.of(owner));
        if (connections != null) {
            values.put(Figure.CONNECTIONS, connections.packets());
        }
        final NamedCounter hits = counters.get(Counter.AFFINITY_HITS.of(owner));
        if (hits != null) {
            values.put(Figure.AFFINITY_HITS, hits.packets());
        }
        final NamedCounter from = counters.get(Counter.FROM_CLIENTS.of(owner));
        if (from != null) {
            values.put(Figure.PACKETS_FROM_CLIENTS, from.packets());
            values.put(Figure.BYTES_FROM_CLIENTS, from.bytes());
        }
        final NamedCounter to = counters.get(Counter.TO_CLIENTS.of(owner));
        if (to != null) {
            values.put(Figure.PACKETS_TO_CLIENTS, to.packets());
            values.put(Figure.BYTES_TO_CLIENTS, to.bytes());
        }
        final Map<String, Long> refused = new HashMap<>();
        REASONS.forEach((counter, reason) -> {
            final NamedCounter found = counters.get(counter.of(owner));
            if (found != null) {
                refused.put(reason, found.packets());
            }
        });
        return new ServiceFigures(owner, values, refused);
    }
}
