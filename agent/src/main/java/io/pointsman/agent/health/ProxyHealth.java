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
 * Whether changes reach the data plane in time. Unhealthy when a change waits, or a sync takes, longer than the timeout, and
 * for good once the process has failed. A proxy that waits for its first state is starting, not ill; once it has that, the
 * first sync has the same timeout, failed attempts included. Waiting is measured by a monotonic clock. Any thread may call
 * it.
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
     * How things are at one moment.
     *
     * @param lastUpdated the newest sync of any family, or the current time while healthy
     * @param families those that have finished a sync
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

    /** One family's last sync, and whether it is keeping up. */
    public record FamilyHealth(Instant lastUpdated, boolean healthy) {}

    /**
     * The health of a proxy that starts now.
     *
     * @param clock the wall clock, for what replies say alone
     * @param nanoTime a monotonic clock, as {@link System#nanoTime}
     * @param timeout how long a change may wait and a sync may take: twice the sync period, as kube-proxy has it
     * @param failure why this process can't go on, empty while it can; asked by any thread, must not block
     */
    public ProxyHealth(
            InstantSource clock, LongSupplier nanoTime, Duration timeout, Supplier<Optional<String>> failure) {
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.timeout = timeout;
        this.failure = failure;
    }

    /** How long a change may wait and a sync may take. */
    public Duration timeout() {
        return timeout;
    }

    /** Takes another one, from now on. */
    public void timeout(Duration newTimeout) {
        timeout = newTimeout;
    }

    /** Why this process can't go on; empty while it can. */
    public Optional<String> failure() {
        return failure.get();
    }

    /** A change of this family waits to be written. Only the oldest one counts. */
    public synchronized void queued(IpFamily family) {
        oldestQueuedNanos.putIfAbsent(family, nanoTime.getAsLong());
    }

    /** A sync begins. It ends with {@link #updated} for each family, or with {@link #syncFailed}. */
    public synchronized void syncStarted() {
        if (!syncPends) {
            syncPends = true;
            syncPendsSinceNanos = nanoTime.getAsLong();
        }
    }

    /** A sync ended without success. Until the first one succeeds, the time of all attempts counts as one. */
    public synchronized void syncFailed() {
        syncPends = lastUpdated.isEmpty();
    }

    /** Everything that waited for this family is written. */
    public synchronized void updated(IpFamily family) {
        syncPends = false;
        oldestQueuedNanos.remove(family);
        lastUpdated.put(family, clock.instant());
    }

    /** Whether the sync under way, or the first one with all its attempts, takes longer than the timeout. */
    public synchronized boolean isSyncOverdue() {
        return syncPends && isOverdue(syncPendsSinceNanos, nanoTime.getAsLong());
    }

    private boolean isOverdue(long sinceNanos, long nowNanos) {
        return nowNanos - sinceNanos >= timeout.toNanos();
    }

    /** Whether balancers should still send new connections to this node. */
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
