package io.pointsman.agent.dashboard;

import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Reads a backend's figures, no more often than is useful. Used by one thread. */
final class FigureReader {
    /** Minimum time between two readings: a backend may have to read the kernel's whole connection table. */
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    /** Maximum time between two readings for a rate: a mean over a longer gap says little about the present. */
    private static final long MAX_GAP_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Source backend;
    private final LongSupplier nanoClock;
    private @Nullable Rates last;

    /** Source of a backend's figures. */
    @FunctionalInterface
    interface Source {
        List<ServiceFigures> read() throws BackendException;
    }

    FigureReader(Source backend, LongSupplier nanoClock) {
        this.backend = backend;
        this.nanoClock = nanoClock;
    }

    /** Returns the figures and rates; the same object until the next reading is due. */
    Rates read() throws BackendException {
        final long nowNanos = nanoClock.getAsLong();
        final Rates known = last;
        if (known != null && nowNanos - known.now().nanos() < PERIOD_NANOS) {
            return known;
        }
        final Optional<Rates.Reading> before = Optional.ofNullable(known)
                .map(Rates::now)
                .filter(reading -> nowNanos - reading.nanos() <= MAX_GAP_NANOS);
        final Rates read = new Rates(before, Rates.Reading.of(backend.read(), nowNanos, before));
        last = read;
        return read;
    }

    /** Frees the figures if no page has requested them for a while; returns whether none are held. */
    boolean rest() {
        final Rates known = last;
        if (known != null && nanoClock.getAsLong() - known.now().nanos() > MAX_GAP_NANOS) {
            last = null;
        }
        return last == null;
    }
}
