package io.pointsman.plan;

import java.util.Objects;

/** Verdict on the first packet of a connection. */
public sealed interface Action {
    Drop DROP = new Drop();
    Reject REJECT = new Reject();
    Pass PASS = new Pass();

    /**
     * Sends the connection to an endpoint of the pool, which is never empty.
     *
     * @param masquerade replaces the source with the node's egress address; a hairpin (endpoint equals client) is
     *     masqueraded in any case
     */
    record Forward(EndpointPool pool, boolean masquerade) implements Action {
        public Forward {
            Objects.requireNonNull(pool, "pool");
            if (pool.isEmpty()) {
                throw new IllegalArgumentException("pool " + pool.id() + " to forward to is empty");
            }
        }
    }

    /** Drops without an answer: the client tries elsewhere or times out. */
    record Drop() implements Action {}

    /** Refuses with an error to the sender: ICMP port unreachable, or a TCP RST. */
    record Reject() implements Action {}

    /** Leaves the packet untouched, as it is not for the proxy. */
    record Pass() implements Action {}
}
