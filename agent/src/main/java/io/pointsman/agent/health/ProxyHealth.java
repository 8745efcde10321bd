package io.pointsman.agent.health;

import io.pointsman.model.IpFamily;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Whether changes reach the data plane in time. Unhealthy if a change waits, or a sync takes, longer than the timeout,
 * and permanently once the process has failed. A proxy that waits for its first state is healthy; once it has that, the
 * first sync has the same timeout, failed attempts included. Times are measured by a monotonic clock. Thread-safe.
 */
public final class ProxyHealth {
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private volatile Duration timeout;
    private final Supplier<Optional<String>> failure;
    private final Map<IpFamily, Instant> lastUpdated = new EnumMap<>(IpFamily.class);
    private final Map<IpFamily, Long> oldestQueuedNanos = new EnumMap<>(IpFamily.class);
    private boolean syncPends;
    private long syncPendsSinceNanos;
    private boolean nodeEligible = true;

    /**
     * The health at one moment.
     *
     * @param lastUpdated the latest sync of any family, or the current time while healthy
     * @param families those that have completed a sync
     */
    public record Snapshot(
            Instant currentTime,
            Instant lastUpdated,
            boolean healthy,
            boolean nodeEligible,
            Map<IpFamily, FamilyHealth> families) {
        public Snapshot {
            families = Map.copyOf(families);
        }
    }

    /** The time of one family's last sync, and whether its changes are written in time. */
    public record FamilyHealth(Instant lastUpdated, boolean healthy) {}

    /**
     * Creates the health of a starting proxy.
     *
     * @param clock the wall clock, used only in replies
     * @param nanoTime a monotonic clock, such as {@link System#nanoTime}
     * @param timeout limit for a change's wait and for a sync: twice the sync period, as in kube-proxy
     * @param failure returns why this process can't go on, empty while it can; called by any thread, must not block
     */
    public ProxyHealth(
            InstantSource clock, LongSupplier nanoTime, Duration timeout, Supplier<Optional<String>> failure) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.timeout = timeout;
        this.failure = failure;
    }

    /** Returns the limit for a change's wait and for a sync. */
    public Duration timeout() {
        return timeout;
    }

    /** Changes the timeout from now on. */
    public void timeout(Duration newTimeout) {
        timeout = newTimeout;
    }

    /** Returns why this process can't go on; empty while it can. */
    public Optional<String> failure() {
        return failure.get();
    }

    /** Records that a change of this family waits to be written. Only the oldest one counts. */
    public synchronized void queued(IpFamily family) {
        oldestQueuedNanos.putIfAbsent(family, nanoTime.getAsLong());
    }

    /** Records the start of a sync, which ends with {@link #updated} for each family, or with {@link #syncFailed}. */
    public synchronized void syncStarted() {
        if (!syncPends) {
            syncPends = true;
            syncPendsSinceNanos = nanoTime.getAsLong();
        }
    }

    /** Records that a sync failed. Until the first one succeeds, all attempts together have one timeout. */
    public synchronized void syncFailed() {
        syncPends = lastUpdated.isEmpty();
    }

    /** Records that all changes of this family are written. */
    public synchronized void updated(IpFamily family) {
        syncPends = false;
        oldestQueuedNanos.remove(family);
        lastUpdated.put(family, clock.instant());
    }

    /** Whether the current sync, or the first one including failed attempts, takes longer than the timeout. */
    public synchronized boolean isSyncOverdue() {
        return syncPends && isOverdue(syncPendsSinceNanos, nanoTime.getAsLong());
    }

    private boolean isOverdue(long sinceNanos, long nowNanos) {
        return nowNanos - sinceNanos >= timeout.toNanos();
    }

    /** Sets whether load balancers should send new connections to this node. */
    public synchronized void nodeEligible(boolean eligible) {
        nodeEligible = eligible;
    }

    public boolean isHealthy() {
        return snapshot().healthy();
    }

    public Snapshot snapshot() {
        return snapshot(failure().isEmpty());
    }

    private synchronized Snapshot snapshot(boolean canGoOn) {
        final Instant now = clock.instant();
        final boolean flows = canGoOn && !isSyncOverdue();
        final Map<IpFamily, FamilyHealth> families = new EnumMap<>(IpFamily.class);
        lastUpdated.forEach(
                (family, updated) -> families.put(family, new FamilyHealth(updated, flows && keepsUp(family))));
        final boolean healthy = flows && families.values().stream().allMatch(FamilyHealth::healthy);
        final Instant newest = healthy
                ? now
                : lastUpdated.values().stream().max(Instant::compareTo).orElse(now);
        return new Snapshot(now, newest, healthy, nodeEligible, families);
    }

    private boolean keepsUp(IpFamily family) {
        final Long queuedNanos = oldestQueuedNanos.get(family);
        return queuedNanos == null || !isOverdue(queuedNanos, nanoTime.getAsLong());
    }
}
