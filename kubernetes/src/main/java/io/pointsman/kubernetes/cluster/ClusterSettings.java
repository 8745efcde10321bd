package io.pointsman.kubernetes.cluster;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Settings of a connection to a cluster.
 *
 * @param kubeconfig file whose current context is used; empty for the service account of the pod this runs in
 * @param node name of this node; if only the own Node may be read, it is this one
 * @param savedStates folder for the last good state, which is served if the API server is down at start; empty for none
 * @param requests counter of requests to the API server
 */
public record ClusterSettings(
        Optional<Path> kubeconfig, String node, Optional<Path> savedStates, ApiRequests requests) {
    public ClusterSettings {
        Objects.requireNonNull(kubeconfig, "kubeconfig");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(savedStates, "savedStates");
        Objects.requireNonNull(requests, "requests");
    }

    /** Creates settings with a request counter that is not exported. */
    public ClusterSettings(Optional<Path> kubeconfig, String node, Optional<Path> savedStates) {
        this(kubeconfig, node, savedStates, new ApiRequests());
    }
}
