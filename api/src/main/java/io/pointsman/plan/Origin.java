package io.pointsman.plan;

/** Origin of a packet, as seen by this node. */
public enum Origin {
    /** A pod, as the node's {@link PodDetector} says. Wins over {@link #NODE}. */
    LOCAL_POD,
    /** An address of the node itself, loopback included. */
    NODE,
    /** Any other source. */
    EXTERNAL
}
