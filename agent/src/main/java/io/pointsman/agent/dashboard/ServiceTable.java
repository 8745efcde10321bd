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
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The service ports of the plan in force with their rates, from one reading to the next. One thread. */
final class ServiceTable {
    /** Figures are read at most so often: a backend may have to read the kernel's whole connection table. */
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    /** Between readings further apart nobody looked, and a mean over that tells nothing of now. */
    private static final long MAX_GAP_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final double NANOS_PER_SECOND = 1e9;

    private final Figures backend;
    private final LongSupplier nanoClock;
    private final PlanMemo<List<ServiceRow>> uncounted = new PlanMemo<>(plan -> ServiceRow.of(plan, List.of()));
    private Optional<Reading> before = Optional.empty();
    private Optional<Reading> last = Optional.empty();

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
        final Reading now = read();
        return uncounted.of(inForce).stream()
                .map(row -> rated(row, now, problems.getOrDefault(row.port().service(), 0)))
                .toList();
    }

    private Reading read() throws BackendException {
        final long now = nanoClock.getAsLong();
        final Optional<Reading> known = last.filter(reading -> now - reading.nanos() < PERIOD_NANOS);
        if (known.isPresent()) {
            return known.get();
        }
        final Map<ServicePortName, ServiceFigures> figures = new HashMap<>();
        backend.read().forEach(one -> figures.put(one.port(), one));
        final Reading read = new Reading(figures, now);
        before = last.filter(reading -> now - reading.nanos() <= MAX_GAP_NANOS);
        last = Optional.of(read);
        return read;
    }

    private RatedRow rated(ServiceRow row, Reading now, int problems) {
        final ServiceRow counted = row.with(now.of(row.port()));
        if (before.isEmpty()) {
            return new RatedRow(counted, OptionalDouble.empty(), OptionalDouble.empty(), problems);
        }
        final ServiceRow earlier = row.with(before.get().of(row.port()));
        final double seconds = (double) (now.nanos() - before.get().nanos()) / NANOS_PER_SECOND;
        return new RatedRow(
                counted,
                rate(earlier.value(Figure.CONNECTIONS), counted.value(Figure.CONNECTIONS), seconds),
                rate(bytes(earlier), bytes(counted), seconds),
                problems);
    }

    private static OptionalLong bytes(ServiceRow row) {
        return row.sum(Figure.BYTES_FROM_CLIENTS, Figure.BYTES_TO_CLIENTS);
    }

    /** A total that shrank began anew. */
    private static OptionalDouble rate(OptionalLong from, OptionalLong to, double seconds) {
        return to.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of((double) Math.max(0, to.getAsLong() - from.orElse(0)) / seconds);
    }
}
