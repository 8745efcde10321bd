package io.pointsman.agent.dashboard;

import io.pointsman.agent.look.ServiceRow;
import io.pointsman.model.ObjectName;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The service ports of the plan in force with their rates, from one reading to the next. One thread. */
final class ServiceTable {
    /** Figures are read at most so often: a backend may have to read the kernel's whole connection table. */
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    /** Between readings further apart nobody looked, and a mean over that tells nothing of now. */
    private static final long MAX_GAP_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final double NANOS_PER_SECOND = 1e9;
    private static final Reading NONE = new Reading(Map.of(), 0);

    private final Figures backend;
    private final LongSupplier nanoClock;
    private @Nullable ForwardingPlan plan;
    private List<ServiceRow> uncounted = List.of();
    private Reading before = NONE;
    private Reading last = NONE;

    private record Reading(Map<ServicePortName, ServiceFigures> figures, long nanos) {
        ServiceFigures of(ServicePortName port) {
            return figures.getOrDefault(port, new ServiceFigures(port, Map.of(), Map.of()));
        }
    }

    /** What a backend counted. */
    @FunctionalInterface
    interface Figures {
        List<ServiceFigures> read() throws BackendException;
    }

    ServiceTable(Figures backend, LongSupplier nanoClock) {
        this.backend = backend;
        this.nanoClock = nanoClock;
    }

    /**
     * All rows, in order of name.
     *
     * @param problems how many each Service has
     */
    List<RatedRow> rows(ForwardingPlan inForce, Map<ObjectName, Integer> problems) throws BackendException {
        if (plan != inForce) {
            uncounted = ServiceRow.of(inForce, List.of());
            plan = inForce;
        }
        read();
        return uncounted.stream().map(row -> rated(row, problems)).toList();
    }

    private void read() throws BackendException {
        final long now = nanoClock.getAsLong();
        if (last == NONE || now - last.nanos() >= PERIOD_NANOS) {
            final Map<ServicePortName, ServiceFigures> figures = new HashMap<>();
            backend.read().forEach(one -> figures.put(one.port(), one));
            before = last == NONE || now - last.nanos() > MAX_GAP_NANOS ? NONE : last;
            last = new Reading(figures, now);
        }
    }

    private RatedRow rated(ServiceRow row, Map<ObjectName, Integer> problems) {
        final ServiceRow counted = row.with(last.of(row.port()));
        final ServiceRow earlier = row.with(before.of(row.port()));
        return new RatedRow(
                counted,
                rate(earlier.value(Figure.CONNECTIONS), counted.value(Figure.CONNECTIONS)),
                rate(bytes(earlier), bytes(counted)),
                problems.getOrDefault(row.port().service(), 0));
    }

    private static OptionalLong bytes(ServiceRow row) {
        return row.sum(Figure.BYTES_FROM_CLIENTS, Figure.BYTES_TO_CLIENTS);
    }

    /** A total that shrank began anew. */
    private OptionalDouble rate(OptionalLong from, OptionalLong to) {
        if (before == NONE || to.isEmpty()) {
            return OptionalDouble.empty();
        }
        final double seconds = (double) (last.nanos() - before.nanos()) / NANOS_PER_SECOND;
        return OptionalDouble.of((double) Math.max(0, to.getAsLong() - from.orElse(0)) / seconds);
    }
}
