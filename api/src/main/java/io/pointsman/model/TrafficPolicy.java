package io.pointsman.model;

/** Scope of the endpoints that may serve a packet: the whole cluster, or only the node that received it. */
public enum TrafficPolicy {
    CLUSTER,
    LOCAL
}
