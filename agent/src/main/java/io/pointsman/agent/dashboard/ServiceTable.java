package io.pointsman.agent.dashboard;

import io.pointsman.agent.status.Problem;
import io.pointsman.model.ObjectName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.BackendException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The service ports of the plan in force with what was counted. Rows are made of those alone that somebody sees; what all of
 * them are sorted by is kept until one of the plan, the figures and the problems is another. One thread.
 */
final class ServiceTable {
    private final FigureReader figures;
    private ServiceIndex index = ServiceIndex.EMPTY;
    private @Nullable ForwardingPlan indexed;
    private @Nullable Sorted sorted;

    /**
     * Some of the service ports.
     *
     * @param all how many there are
     * @param matching how many of them have the text
     * @param rows at the place that was asked for
     */
    record Window(int all, int matching, List<RatedRow> rows) {
        Window {
            rows = List.copyOf(rows);
        }
    }

    /** The places in the index of those that match, in order, and what they were found by. */
    @SuppressWarnings("ReferenceEquality") // each is made anew when it is another, and to compare two takes long
    private static final class Sorted {
        private final ServiceIndex index;
        private final Rates rates;
        private final Map<ObjectName, List<Problem>> problems;
        private final String text;
        private final ServiceQuery.Order order;
        private final int[] positions;

        Sorted(ServiceQuery query, ServiceIndex index, Rates rates, Map<ObjectName, List<Problem>> problems) {
            this.index = index;
            this.rates = rates;
            this.problems = problems;
            text = query.text();
            order = query.order();
            positions = positions(query, index, rates, problems);
        }

        boolean is(
                ServiceQuery query, ServiceIndex otherIndex, Rates otherRates, Map<ObjectName, List<Problem>> others) {
            return index == otherIndex
                    && rates == otherRates
                    && problems == others
                    && order == query.order()
                    && text.equals(query.text());
        }
    }

    ServiceTable(FigureReader.Source backend, LongSupplier nanoClock) {
        figures = new FigureReader(backend, nanoClock);
    }

    /**
     * Those that are asked for.
     *
     * @param problems of each Service that has some; the same object for as long as nothing is different
     */
    Window window(ServiceQuery query, ForwardingPlan inForce, Map<ObjectName, List<Problem>> problems)
            throws BackendException {
        final Rates rates = figures.read();
        final ServiceIndex all = index(inForce);
        final int[] matching = sorted(query, all, rates, problems);
        final int first = Math.min(query.offset(), matching.length);
        final int last = first + Math.min(query.limit(), matching.length - first);
        final List<RatedRow> rows = new ArrayList<>(last - first);
        for (int i = first; i < last; i++) {
            rows.add(rated(all.ports().get(matching[i]), rates, problems));
        }
        return new Window(all.ports().size(), matching.length, rows);
    }

    /** Those of one Service, in order of name. */
    List<RatedRow> of(ObjectName service, ForwardingPlan inForce, Map<ObjectName, List<Problem>> problems)
            throws BackendException {
        final Rates rates = figures.read();
        return index(inForce).ports().stream()
                .filter(port -> port.name().service().equals(service))
                .map(port -> rated(port, rates, problems))
                .toList();
    }

    @SuppressWarnings("ReferenceEquality") // a plan is replaced whole, and to compare two takes long
    private ServiceIndex index(ForwardingPlan inForce) {
        if (indexed != inForce) {
            index = index.next(inForce);
            indexed = inForce;
        }
        return index;
    }

    private int[] sorted(ServiceQuery query, ServiceIndex all, Rates rates, Map<ObjectName, List<Problem>> problems) {
        final Sorted known = sorted;
        if (known != null && known.is(query, all, rates, problems)) {
            return known.positions;
        }
        final Sorted made = new Sorted(query, all, rates, problems);
        sorted = made;
        return made.positions;
    }

    private static int[] positions(
            ServiceQuery query, ServiceIndex all, Rates rates, Map<ObjectName, List<Problem>> problems) {
        final List<ServiceIndex.Port> ports = all.ports();
        final IntStream matching = IntStream.range(0, ports.size()).filter(i -> query.admits(ports.get(i)));
        if (query.order() == ServiceQuery.Order.NAME) {
            return matching.toArray();
        }
        final double[] figures = ports.stream()
                .mapToDouble(port -> query.order().figure(port, rates, problems))
                .toArray();
        return matching.boxed()
                .sorted((a, b) -> Double.compare(figures[b], figures[a])) // stable: they come in order of name
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static RatedRow rated(ServiceIndex.Port port, Rates rates, Map<ObjectName, List<Problem>> problems) {
        return new RatedRow(
                port.row().with(rates.figures(port.name())),
                rates.connectionsPerSecond(port.name()),
                rates.bytesPerSecond(port.name()),
                ServiceProblems.count(problems, port.name().service()));
    }

    /** Gives its memory back when nobody asks any more. */
    void rest() {
        if (figures.rest()) {
            index = ServiceIndex.EMPTY;
            indexed = null;
            sorted = null;
        }
    }
}
