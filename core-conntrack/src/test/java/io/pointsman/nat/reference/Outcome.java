package io.pointsman.nat.reference;

/** Outcome for a packet. */
public enum Outcome {
    /** Translated and sent on. */
    FORWARD,
    /** Sent on untouched. */
    PASS,
    /** Sent on unchanged, and explicitly accepted by the node. */
    ADMIT,
    DROP,
    REJECT,
    /** Part of no connection as it stands. */
    INVALID
}
