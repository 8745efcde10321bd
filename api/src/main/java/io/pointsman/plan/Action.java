package io.pointsman.plan;

import java.util.Objects;

/** What happens to the first packet of a connection. */
public sealed interface Action {
    Drop DROP = new Drop();
    Reject REJECT = new Reject();
    Pass PASS = new Pass();

    /**
     * Destination becomes an endpoint of the pool, which is never empty.
     *
     * @param masquerade the source becomes the node's egress address; a hairpin (endpoint equals client) does so anyway
     */
    record Forward(EndpointPool pool, boolean masquerade) implements Action {
        public Forward {
            Objects.requireNonNull(pool, "pool");
            if (pool.isEmpty()) {
                throw new IllegalArgumentException("pool " + pool.id() + " to forward to is empty");
            }
        }
    }

    /** Silence: the client tries elsewhere or times out. */
    record Drop() implements Action {}

    /** Refused with an error to the sender: ICMP port unreachable, or a TCP RST. */
    record Reject() implements Action {}

    /** Not the proxy's business: the packet goes on untouched. */
    record Pass() implements Action {}
}
