package io.pointsman.plan;

/** Where a packet came from, as seen by this node. */
public enum Origin {
    /** A pod, known by the node's {@link PodDetector}. Wins over {@link #NODE}. */
    LOCAL_POD,
    /** One of the node's own addresses, loopback included. */
    NODE,
    /** Anywhere else. */
    EXTERNAL
}
