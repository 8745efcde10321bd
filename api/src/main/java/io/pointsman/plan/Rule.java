package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ServicePortName;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What to do with new connections to one frontend: first the allowed sources, then an action for each origin.
 *
 * @param allowedSources who may connect, whatever the origin; others are dropped. Empty: everybody
 * @param affinity how long after a client's last new connection it keeps its endpoint; shared by all frontends of the
 *     service port
 * @param serving the endpoints that flows of this frontend may still be on; may be empty
 * @param proxyHeader what its endpoints expect in front of each TCP connection
 */
public record Rule(
        Frontend frontend,
        FrontendKind kind,
        ServicePortName owner,
        Action fromLocalPod,
        Action fromNode,
        Action fromExternal,
        List<Cidr> allowedSources,
        Optional<Duration> affinity,
        Balancing balancing,
        EndpointPool serving,
        Optional<ProxyHeader> proxyHeader) {
    public Rule {
        Objects.requireNonNull(frontend, "frontend");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(fromLocalPod, "fromLocalPod");
        Objects.requireNonNull(fromNode, "fromNode");
        Objects.requireNonNull(fromExternal, "fromExternal");
        Objects.requireNonNull(affinity, "affinity");
        Objects.requireNonNull(balancing, "balancing");
        Objects.requireNonNull(serving, "serving");
        Objects.requireNonNull(proxyHeader, "proxyHeader");
        allowedSources = List.copyOf(allowedSources);
        if (frontend.isNodePort() != (kind == FrontendKind.NODE_PORT)) {
            throw new IllegalArgumentException("frontend " + frontend + " can't be of kind " + kind);
        }
    }

    /** One whose endpoints expect nothing in front. */
    public Rule(
            Frontend frontend,
            FrontendKind kind,
            ServicePortName owner,
            Action fromLocalPod,
            Action fromNode,
            Action fromExternal,
            List<Cidr> allowedSources,
            Optional<Duration> affinity,
            Balancing balancing,
            EndpointPool serving) {
        this(
                frontend,
                kind,
                owner,
                fromLocalPod,
                fromNode,
                fromExternal,
                allowedSources,
                affinity,
                balancing,
                serving,
                Optional.empty());
    }

    /** The same, with one action whatever the origin. */
    Rule withAction(Action action) {
        return new Rule(
                frontend,
                kind,
                owner,
                action,
                action,
                action,
                allowedSources,
                affinity,
                balancing,
                serving,
                proxyHeader);
    }

    public Action action(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> fromLocalPod;
            case NODE -> fromNode;
            case EXTERNAL -> fromExternal;
        };
    }

    /** The pools it names, each once: those that its actions choose among, and {@code serving}. */
    public Set<EndpointPool> pools() {
        final Set<EndpointPool> pools = new LinkedHashSet<>();
        for (Action action : List.of(fromLocalPod, fromNode, fromExternal)) {
            if (action instanceof Action.Forward forward) {
                pools.add(forward.pool());
            }
        }
        pools.add(serving);
        return pools;
    }

    public boolean allowsSource(IpAddress source) {
        return allowedSources.isEmpty() || allowedSources.stream().anyMatch(range -> range.contains(source));
    }
}
