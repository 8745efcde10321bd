package io.pointsman.agent.dashboard;

import io.pointsman.model.ServicePortName;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A backend's figures, and their rates since the previous reading.
 *
 * @param before the previous reading; empty if rates are not known
 */
record Rates(Optional<Reading> before, Reading now) {
    private static final double NANOS_PER_SECOND = 1e9;

    /**
     * A backend's figures at one moment.
     *
     * @param positions in the figures, by service port; shared with the previous reading if that listed the same ones
     * @param nanos time of a monotonic clock
     */
    record Reading(Map<ServicePortName, Integer> positions, List<ServiceFigures> figures, long nanos) {
        /** @param known the previous reading */
        static Reading of(List<ServiceFigures> figures, long nanos, Optional<Reading> known) {
            return new Reading(
                    known.filter(reading -> reading.lists(figures))
                            .map(Reading::positions)
                            .orElseGet(() -> positions(figures)),
                    figures,
                    nanos);
        }

        private static Map<ServicePortName, Integer> positions(List<ServiceFigures> figures) {
            final Map<ServicePortName, Integer> positions = HashMap.newHashMap(figures.size());
            for (int i = 0; i < figures.size(); i++) {
                positions.put(figures.get(i).port(), i);
            }
            return positions;
        }

        /** Whether the figures are of the same service ports, in the same order. */
        private boolean lists(List<ServiceFigures> others) {
            if (others.size() != figures.size()) {
                return false;
            }
            for (int i = 0; i < others.size(); i++) {
                if (!others.get(i).port().equals(figures.get(i).port())) {
                    return false;
                }
            }
            return true;
        }

        /** Returns a service port's figures; null if there are none. */
        private @Nullable ServiceFigures of(ServicePortName port) {
            final Integer position = positions.get(port);
            return position == null ? null : figures.get(position);
        }
    }

    /** Returns a service port's figures; without values if none are known. */
    ServiceFigures figures(ServicePortName port) {
        final ServiceFigures known = now.of(port);
        return known == null ? new ServiceFigures(port, Map.of(), Map.of()) : known;
    }

    /** Returns the connections opened per second; empty if not counted, or counted only once. */
    OptionalDouble connectionsPerSecond(ServicePortName port) {
        return rate(port, figures -> figures.value(Figure.CONNECTIONS));
    }

    /** Returns the bytes per second in both directions; empty if not counted, or counted only once. */
    OptionalDouble bytesPerSecond(ServicePortName port) {
        return rate(port, Rates::bytes);
    }

    private static OptionalLong bytes(ServiceFigures figures) {
        final OptionalLong from = figures.value(Figure.BYTES_FROM_CLIENTS);
        final OptionalLong to = figures.value(Figure.BYTES_TO_CLIENTS);
        return from.isEmpty() && to.isEmpty() ? OptionalLong.empty() : OptionalLong.of(from.orElse(0) + to.orElse(0));
    }

    /** Returns a rate, rounded to tenths. A total that shrank was reset, and counts as no growth. */
    @SuppressWarnings("ReferenceEquality") // shared positions are the same object
    private OptionalDouble rate(ServicePortName port, Function<ServiceFigures, OptionalLong> total) {
        final Integer position = now.positions.get(port);
        if (before.isEmpty() || position == null) {
            return OptionalDouble.empty();
        }
        final Reading earlier = before.get();
        final OptionalLong to = total.apply(now.figures.get(position));
        if (to.isEmpty()) {
            return OptionalDouble.empty();
        }
        final ServiceFigures known =
                earlier.positions == now.positions ? earlier.figures.get(position) : earlier.of(port);
        final long from = known == null ? 0 : total.apply(known).orElse(0);
        final double seconds = (double) (now.nanos - earlier.nanos) / NANOS_PER_SECOND;
        final double perSecond = (double) Math.max(0, to.getAsLong() - from) / seconds;
        return OptionalDouble.of(Math.round(perSecond * 10) / 10.0);
    }
}
