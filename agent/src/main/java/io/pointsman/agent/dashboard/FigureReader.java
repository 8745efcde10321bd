package io.pointsman.agent.dashboard;

import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Reads what a backend counted, no more often than makes sense. One thread. */
final class FigureReader {
    /** Figures are read at most so often: a backend may have to read the kernel's whole connection table. */
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    /** Between readings further apart nobody looked, and a mean over that tells nothing of now. */
    private static final long MAX_GAP_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Source backend;
    private final LongSupplier nanoClock;
    private @Nullable Rates last;

    /** What a backend counted. */
    @FunctionalInterface
    interface Source {
        List<ServiceFigures> read() throws BackendException;
    }

    FigureReader(Source backend, LongSupplier nanoClock) {
        this.backend = backend;
        this.nanoClock = nanoClock;
    }

    /** The same object as before, until they were read again. */
    Rates read() throws BackendException {
        final long nowNanos = nanoClock.getAsLong();
        final Rates known = last;
        if (known != null && nowNanos - known.now().nanos() < PERIOD_NANOS) {
            return known;
        }
        final Rates read = new Rates(
                Optional.ofNullable(known)
                        .map(Rates::now)
                        .filter(reading -> nowNanos - reading.nanos() <= MAX_GAP_NANOS),
                Rates.Reading.of(backend.read(), nowNanos));
        last = read;
        return read;
    }

    /** Gives its memory back when nobody asks any more; whether that is so. */
    boolean rest() {
        final Rates known = last;
        if (known != null && nanoClock.getAsLong() - known.now().nanos() > MAX_GAP_NANOS) {
            last = null;
        }
        return last == null;
    }
}
