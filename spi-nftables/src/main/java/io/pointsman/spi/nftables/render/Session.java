package io.pointsman.spi.nftables.render;

import io.pointsman.plan.PoolId;
import java.time.Duration;

/**
 * Scope of affinity: clients bound to endpoints of one pool for one time.
 *
 * @param timeout 1 s or more
 */
public record Session(PoolId pool, Duration timeout) {
    /** Session of a pool, for a rule with that affinity. */
    static Session of(PoolId pool, Duration affinity) {
        return new Session(pool, Duration.ofSeconds(Math.max(1, affinity.toSeconds())));
    }
}
