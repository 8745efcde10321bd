package io.pointsman.model;

/** How far a Service reaches; each type from {@code NODE_PORT} on includes the one before. */
public enum ServiceType {
    CLUSTER_IP,
    NODE_PORT,
    LOAD_BALANCER,
    /** A DNS alias: never proxied, even when it carries addresses. */
    EXTERNAL_NAME
}
