package io.pointsman.agent.health;

import io.pointsman.model.IpFamily;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;

/**
 * Whether changes reach the data plane in time. Unhealthy when one waits for longer than the timeout; a proxy that has
 * not finished its first sync is starting, not ill. Any thread may call it.
 */
public final class ProxyHealth {
    private final InstantSource clock;
    private final Duration timeout;
    private final Map<IpFamily, Instant> lastUpdated = new EnumMap<>(IpFamily.class);
    private final Map<IpFamily, Instant> oldestQueued = new EnumMap<>(IpFamily.class);
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

    /** @param timeout how long a change may wait: twice the sync period, as kube-proxy has it */
    public ProxyHealth(InstantSource clock, Duration timeout) {
        this.clock = clock;
        this.timeout = timeout;
    }

    /** A change of this family waits to be written. Only the oldest one counts. */
    public synchronized void queued(IpFamily family) {
        oldestQueued.putIfAbsent(family, clock.instant());
    }

    /** Everything that waited for this family is written. */
    public synchronized void updated(IpFamily family) {
        oldestQueued.remove(family);
        lastUpdated.put(family, clock.instant());
    }

    /** Whether balancers should still send new connections to this node. */
    public synchronized void nodeEligible(boolean eligible) {
        nodeEligible = eligible;
    }

    public boolean isHealthy() {
        return snapshot().healthy();
    }

    public synchronized Snapshot snapshot() {
        final Instant now = clock.instant();
        final Map<IpFamily, FamilyHealth> families = new EnumMap<>(IpFamily.class);
        lastUpdated.forEach((family, updated) -> families.put(family, new FamilyHealth(updated, keepsUp(family, now))));
        final boolean healthy = families.values().stream().allMatch(FamilyHealth::healthy);
        final Instant newest = healthy
                ? now
                : lastUpdated.values().stream().max(Instant::compareTo).orElse(now);
        return new Snapshot(now, newest, healthy, nodeEligible, families);
    }

    private boolean keepsUp(IpFamily family, Instant now) {
        final Instant queued = oldestQueued.get(family);
        return queued == null || Duration.between(queued, now).compareTo(timeout) < 0;
    }
}
