package io.pointsman.spi.nftables.render;

import io.pointsman.plan.PoolId;
import java.time.Duration;

/**
 * Whose clients are bound together: to endpoints of one pool, for one time.
 *
 * @param timeout of one second or more
 */
public record Session(PoolId pool, Duration timeout) {
    /** Of a pool of a rule with that affinity. */
    static Session of(PoolId pool, Duration affinity) {
        return new Session(pool, Duration.ofSeconds(Math.max(1, affinity.toSeconds())));
    }
}
