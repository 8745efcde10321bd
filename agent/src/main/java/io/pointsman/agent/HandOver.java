package io.pointsman.agent;

import io.pointsman.agent.log.Quoted;
import io.pointsman.linux.ownership.ModeClaim;
import io.pointsman.model.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until an agent is the only one of its mode in its network namespace: at an upgrade, its predecessor may still be
 * ending.
 */
final class HandOver {
    private static final long PAUSE_MILLIS = 100;
    /**
     * Unanswered tries before the holder counts as no agent: an agent binds and listens at once, or ended between two
     * tries.
     */
    private static final int MAX_SILENCES = 20;

    private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

    private final String mode;
    private final Path records;
    private final Duration patience;
    private final long startNanos = System.nanoTime();
    private boolean isTold;
    private int silences;

    HandOver(String mode, Path records, Duration patience) {
        this.mode = mode;
        this.records = records;
        this.patience = patience;
    }

    /**
     * Waits for the claim on this mode. Empty, with a warning, if none can be taken, or if its holder is not trusted,
     * since an untrusted process must not keep an agent from starting.
     *
     * @throws ConfigException if another agent holds the claim for longer than the configured wait
     */
    Optional<ModeClaim> await() throws ConfigException {
        try {
            while (true) { // ends: with the claim, at the time limit, after too many silences, or when interrupted
                final Optional<ModeClaim> claim = ModeClaim.take(mode, records);
                if (claim.isPresent()) {
                    return claim;
                }
                final Optional<ModeClaim.Holder> holder = ModeClaim.of(mode);
                if (holder.isPresent() ? !holder.get().isTrusted() : ++silences > MAX_SILENCES) {
                    LOG.warn(
                            "the socket by which agents of mode {} detect each other is held by {}; this agent starts"
                                    + " without it, and a second agent won't be detected",
                            mode,
                            holder.map(other -> "user " + other.user() + ", " + Quoted.line(other.toString()))
                                    .orElse("a process that does not answer"));
                    return Optional.empty();
                }
                waitFor(holder);
            }
        } catch (IOException e) {
            LOG.warn("can't find out whether another agent of mode {} is running here: {}", mode, e.getMessage());
            return Optional.empty();
        }
    }

    private void waitFor(Optional<ModeClaim.Holder> other) throws ConfigException {
        final String what = "mode " + mode + ": another agent of this mode is running in this network namespace"
                + other.map(holder -> " (" + Quoted.line(holder.toString()) + ")")
                        .orElse("");
        if (other.isPresent() && System.nanoTime() - startNanos >= patience.toNanos()) {
            throw new ConfigException(
                    what + "; two would undo each other's work. Nothing was changed. End it first, or wait"
                            + " longer than " + patience.toMillis() + " ms for it to end (setting hand-over)");
        }
        if (other.isPresent() && !isTold) {
            isTold = true;
            LOG.info("{}; waiting up to {} ms for it to end", what, patience.toMillis());
        }
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConfigException(what + "; waiting for it to end was interrupted", e);
        }
    }
}
