package io.pointsman.model;

/**
 * Type of a Service. {@code NODE_PORT} includes {@code CLUSTER_IP}, and {@code LOAD_BALANCER} includes {@code NODE_PORT}.
 */
public enum ServiceType {
    CLUSTER_IP,
    NODE_PORT,
    LOAD_BALANCER,
    /** A DNS alias: never proxied, even if it carries addresses. */
    EXTERNAL_NAME
}
