package io.pointsman.kubernetes.cluster;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Which cluster, and for whom.
 *
 * @param kubeconfig whose current context is used; empty for the service account of the pod this runs in
 * @param node the node this is: where only its own Node may be read, that one is
 * @param savedStates a folder for the last good state, which is served when the API server is away at start; empty for none
 * @param requests counts what is asked of the API server
 */
public record ClusterSettings(
        Optional<Path> kubeconfig, String node, Optional<Path> savedStates, ApiRequests requests) {
    public ClusterSettings {
        Objects.requireNonNull(kubeconfig, "kubeconfig");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(savedStates, "savedStates");
        Objects.requireNonNull(requests, "requests");
    }

    /** As the other, where nobody asks how many requests there were. */
    public ClusterSettings(Optional<Path> kubeconfig, String node, Optional<Path> savedStates) {
        this(kubeconfig, node, savedStates, new ApiRequests());
    }
}
