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
 * Service ports of the plan in force with their figures. Makes rows only for the ports that a page shows; keeps the sort
 * order until the plan, the figures or the problems change. Used by one thread.
 */
final class ServiceTable {
    private final FigureReader figures;
    private ServiceIndex index = ServiceIndex.EMPTY;
    private @Nullable ForwardingPlan indexed;
    private @Nullable Sorted sorted;

    /**
     * A window of the service ports.
     *
     * @param all number of service ports
     * @param matching number of those that match the text
     * @param rows of the window
     */
    record Window(int all, int matching, List<RatedRow> rows) {
        Window {
            rows = List.copyOf(rows);
        }
    }

    /** Index positions of the matching service ports, in order, and the inputs that they were computed from. */
    @SuppressWarnings("ReferenceEquality") // a changed input is a new object; comparing two by value takes long
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
     * Returns the requested window.
     *
     * @param problems by Service; the same object while they stay the same
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

    /** Returns the rows of one Service, in order of name. */
    List<RatedRow> of(ObjectName service, ForwardingPlan inForce, Map<ObjectName, List<Problem>> problems)
            throws BackendException {
        final Rates rates = figures.read();
        return index(inForce).ports().stream()
                .filter(port -> port.name().service().equals(service))
                .map(port -> rated(port, rates, problems))
                .toList();
    }

    @SuppressWarnings("ReferenceEquality") // a new plan is a new object; comparing two by value takes long
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
                .sorted((a, b) -> Double.compare(figures[b], figures[a])) // stable: the input is in order of name
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

    /** Frees all memory if no page has requested figures for a while. */
    void rest() {
        if (figures.rest()) {
            index = ServiceIndex.EMPTY;
            indexed = null;
            sorted = null;
        }
    }
}
