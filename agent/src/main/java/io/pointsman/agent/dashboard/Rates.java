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
     * @param nanos time of a monotonic clock
     */
    record Reading(Map<ServicePortName, ServiceFigures> figures, long nanos) {
        static Reading of(List<ServiceFigures> figures, long nanos) {
            final Map<ServicePortName, ServiceFigures> byPort = HashMap.newHashMap(figures.size());
            figures.forEach(one -> byPort.put(one.port(), one));
            return new Reading(byPort, nanos);
        }

        private OptionalLong value(ServicePortName port, Figure figure) {
            final ServiceFigures known = figures.get(port);
            return known == null ? OptionalLong.empty() : known.value(figure);
        }

        private OptionalLong bytes(ServicePortName port) {
            final OptionalLong from = value(port, Figure.BYTES_FROM_CLIENTS);
            final OptionalLong to = value(port, Figure.BYTES_TO_CLIENTS);
            return from.isEmpty() && to.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(from.orElse(0) + to.orElse(0));
        }
    }

    /** Returns a service port's figures; without values if none are known. */
    ServiceFigures figures(ServicePortName port) {
        final ServiceFigures known = now.figures.get(port);
        return known == null ? new ServiceFigures(port, Map.of(), Map.of()) : known;
    }

    /** Returns the connections opened per second; empty if not counted, or counted only once. */
    OptionalDouble connectionsPerSecond(ServicePortName port) {
        return before.isEmpty()
                ? OptionalDouble.empty()
                : rate(before.get().value(port, Figure.CONNECTIONS), now.value(port, Figure.CONNECTIONS));
    }

    /** Returns the bytes per second in both directions; empty if not counted, or counted only once. */
    OptionalDouble bytesPerSecond(ServicePortName port) {
        return before.isEmpty() ? OptionalDouble.empty() : rate(before.get().bytes(port), now.bytes(port));
    }

    /** Returns a rate, rounded to tenths. A total that shrank was reset, and counts as no growth. */
    private OptionalDouble rate(OptionalLong from, OptionalLong to) {
        if (to.isEmpty() || before.isEmpty()) {
            return OptionalDouble.empty();
        }
        final double seconds = (double) (now.nanos - before.get().nanos) / NANOS_PER_SECOND;
        final double perSecond = (double) Math.max(0, to.getAsLong() - from.orElse(0)) / seconds;
        return OptionalDouble.of(Math.round(perSecond * 10) / 10.0);
    }
}
