package io.pointsman.plan;

/** Kind of Service address that a frontend belongs to. */
public enum FrontendKind {
    CLUSTER_IP,
    EXTERNAL_IP,
    LOAD_BALANCER,
    /** A port on the node's own addresses; its frontend carries the unspecified address of its family. */
    NODE_PORT
}
