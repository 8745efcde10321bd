package io.pointsman.agent;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.kubernetes.cluster.ApiRequests;
import io.pointsman.kubernetes.cluster.ClusterSettings;
import io.pointsman.kubernetes.cluster.ClusterSource;
import io.pointsman.kubernetes.files.ManifestSource;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ServiceSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Chooses the source of Services; no other class knows which sources there are. */
final class Sources {
    /**
     * Folder below the state directory with the saved cluster state, for a node that starts while its API server is away.
     */
    private static final String SAVED_STATES = "cluster";

    /** Time that a command waits for an API server; files are read at once. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Sources() {}

    /**
     * Returns the source for a running agent.
     *
     * @throws ConfigException if the configuration names none
     */
    static ServiceSource toServe(AgentConfig config, ApiRequests requests) throws ConfigException {
        return of(config, Optional.of(config.stateDirectory().resolve(SAVED_STATES)), requests);
    }

    /**
     * Returns a source to read once; it leaves nothing on disk.
     *
     * @throws ConfigException if the configuration names none
     */
    static ServiceSource toLookAt(AgentConfig config) throws ConfigException {
        return of(config, Optional.empty(), new ApiRequests());
    }

    private static ServiceSource of(AgentConfig config, Optional<Path> savedStates, ApiRequests requests)
            throws ConfigException {
        if (config.manifest().isPresent()) {
            return new ManifestSource(config.manifest().get());
        }
        if (config.kubeconfig().isEmpty() && !ClusterSource.isInPod()) {
            throw new ConfigException(
                    "manifest: none given, nor a kubeconfig, and this is no pod with a service account; name"
                            + " a file or folder of Services, EndpointSlices and Nodes with --manifest, or a cluster with"
                            + " --kubeconfig");
        }
        return new ClusterSource(new ClusterSettings(config.kubeconfig(), config.node(), savedStates, requests));
    }

    /** Returns the cluster that gets this node's Events; empty if the source is no cluster, or Events are switched off. */
    static Optional<ClusterSettings> toTell(AgentConfig config, ApiRequests requests) {
        return config.manifest().isEmpty() && config.nodeEvents()
                ? Optional.of(new ClusterSettings(config.kubeconfig(), config.node(), Optional.empty(), requests))
                : Optional.empty();
    }

    /** Returns how long to wait for the first complete state of a started source. */
    static Duration patience(AgentConfig config) {
        return config.manifest().isPresent() ? Duration.ZERO : PATIENCE;
    }

    /** Returns the source's configuration key and value, for messages. */
    static String name(AgentConfig config) {
        return config.manifest()
                .map(path -> "manifest: " + path)
                .or(() -> config.kubeconfig().map(path -> "kubeconfig: " + path))
                .orElse("service account of this pod");
    }
}
