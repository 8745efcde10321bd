package io.pointsman.model;

/** Which endpoints may answer: those of the whole cluster, or only those on the node that the packet reached. */
public enum TrafficPolicy {
    CLUSTER,
    LOCAL
}
