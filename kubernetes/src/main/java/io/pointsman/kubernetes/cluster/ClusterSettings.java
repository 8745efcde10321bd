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
 */
public record ClusterSettings(Optional<Path> kubeconfig, String node, Optional<Path> savedStates) {
    public ClusterSettings {
        Objects.requireNonNull(kubeconfig, "kubeconfig");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(savedStates, "savedStates");
    }
}
