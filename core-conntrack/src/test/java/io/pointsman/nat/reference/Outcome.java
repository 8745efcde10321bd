package io.pointsman.nat.reference;

/** What happens to a packet. */
public enum Outcome {
    /** Translated and sent on. */
    FORWARD,
    /** Sent on untouched. */
    PASS,
    /** Sent on untouched, and let in to the node explicitly. */
    ADMIT,
    DROP,
    REJECT,
    /** Part of no connection as it stands. */
    INVALID
}
