package io.pointsman.kubernetes.cluster;

import io.pointsman.model.ServiceSource.Problem;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the state from time to time, and serves a saved one if the server is down at start. Used by one thread, except for
 * {@link #saveNow}, which comes last.
 */
final class StateKeeper {
    /** Pause after a save, as a multiple of its duration. */
    private static final int REST_PER_WRITE = 50;

    private static final Logger LOG = LoggerFactory.getLogger(StateKeeper.class);

    private final SavedState file;
    private final ClusterState state;
    private final Limits limits;
    private final LongSupplier nanoTime;
    private final long startNanos;
    private boolean wasRead;
    private long savedCount;
    private long nextSaveNanos;

    StateKeeper(SavedState file, ClusterState state, Limits limits, LongSupplier nanoTime) {
        this.file = file;
        this.state = state;
        this.limits = limits;
        this.nanoTime = nanoTime;
        startNanos = nanoTime.getAsLong();
        nextSaveNanos = startNanos;
    }

    /** Does what is due. Returns the longest time until the next look, unless the state changes. */
    Duration look() {
        final long nowNanos = nanoTime.getAsLong();
        if (!wasRead && state.isWaiting()) {
            final long waitNanos = startNanos + limits.savedAfter().toNanos() - nowNanos;
            if (waitNanos > 0 && !state.hasTrouble()) {
                return Duration.ofNanos(waitNanos);
            }
            serveSaved();
            wasRead = true; // unless the listener threw
        }
        if (nowNanos - nextSaveNanos >= 0) {
            save(nowNanos);
        }
        return isSaved() ? Alarm.NEVER : Duration.ofNanos(Math.max(0, nextSaveNanos - nanoTime.getAsLong()));
    }

    private void serveSaved() {
        final Optional<SavedState.Saved> saved;
        try {
            saved = file.read();
        } catch (IOException e) {
            state.problem(
                    SavedState.PLACE,
                    new Problem(
                            file.file().toString(),
                            "the saved state can't be read, so nothing is served before the" + " API server answers: "
                                    + e.getMessage()));
            return;
        }
        saved.ifPresent(found -> {
            final String at = found.at().truncatedTo(ChronoUnit.SECONDS).toString();
            final boolean isServed = state.serveSaved(
                    found.objects(),
                    new Problem(
                            SavedState.PLACE,
                            "stale: the API server has not answered since the start, and the state saved at " + at
                                    + " is in force meanwhile (" + file.file() + ")"));
            if (isServed) {
                LOG.warn(
                        "the state saved at {} is served, {} objects",
                        at,
                        found.objects().size());
            }
        });
    }

    private synchronized boolean isSaved() {
        final long count = state.changeCount();
        return count == 0 || count == savedCount;
    }

    private synchronized void save(long nowNanos) {
        final long count = state.changeCount();
        if (isSaved()) {
            return;
        }
        try {
            file.write(state.objects());
            savedCount = count;
            state.solved(SavedState.PLACE);
        } catch (IOException e) {
            state.problem(
                    SavedState.PLACE,
                    new Problem(
                            file.file().toString(),
                            "the state can't be saved for a start without the API server, tried again: " + e));
        }
        final long endNanos = nanoTime.getAsLong();
        nextSaveNanos = endNanos + Math.max(limits.saveEvery().toNanos(), REST_PER_WRITE * (endNanos - nowNanos));
    }

    /** Saves a state that is not saved yet. */
    void saveNow() {
        save(nanoTime.getAsLong());
    }
}
