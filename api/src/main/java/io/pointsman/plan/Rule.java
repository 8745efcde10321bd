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
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What to do with new connections to one frontend: first the allowed sources, then an action for each origin. Built with
 * {@link #builder}.
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

    /** One that rejects everybody, has no allowed sources, affinity, serving endpoints or header, and balances at random. */
    public static Builder builder(Frontend frontend, FrontendKind kind, ServicePortName owner) {
        return new Builder(frontend, kind, owner);
    }

    /** The same, to be changed in part. */
    public Builder toBuilder() {
        return new Builder(frontend, kind, owner)
                .fromLocalPod(fromLocalPod)
                .fromNode(fromNode)
                .fromExternal(fromExternal)
                .allowedSources(allowedSources)
                .affinity(affinity)
                .balancing(balancing)
                .serving(serving)
                .proxyHeader(proxyHeader);
    }

    public Action action(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> fromLocalPod;
            case NODE -> fromNode;
            case EXTERNAL -> fromExternal;
        };
    }

    /** Its actions, one for each origin, in order of {@link Origin}; equal ones are listed as often as they occur. */
    public List<Action> actions() {
        return List.of(fromLocalPod, fromNode, fromExternal);
    }

    /** Whether connections of some origin go to an endpoint. */
    public boolean forwards() {
        return actions().stream().anyMatch(Action.Forward.class::isInstance);
    }

    /** Whether connections of some origin go to an endpoint with the client's own address. */
    public boolean keepsSource() {
        return actions().stream().anyMatch(action -> action instanceof Action.Forward forward && !forward.masquerade());
    }

    /**
     * The destinations that it is for on a node, in ascending order: its VIP, or for a node port all listed addresses of the
     * node that node ports of its family answer on.
     */
    public SortedSet<IpAddress> addresses(NodeFacts node) {
        return frontend.isNodePort()
                ? node.nodePortAddresses(frontend.family())
                : new TreeSet<>(Set.of(frontend.vip()));
    }

    /** The pools it names, each once: those that its actions choose among, and {@code serving}. */
    public Set<EndpointPool> pools() {
        final Set<EndpointPool> pools = new LinkedHashSet<>();
        for (Action action : actions()) {
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

    /** Collects what a rule does. Not thread-safe. */
    public static final class Builder {
        private final Frontend frontend;
        private final FrontendKind kind;
        private final ServicePortName owner;
        private Action fromLocalPod = Action.REJECT;
        private Action fromNode = Action.REJECT;
        private Action fromExternal = Action.REJECT;
        private List<Cidr> allowedSources = List.of();
        private Optional<Duration> affinity = Optional.empty();
        private Balancing balancing = Balancing.RANDOM;
        private EndpointPool serving;
        private Optional<ProxyHeader> proxyHeader = Optional.empty();

        private Builder(Frontend frontend, FrontendKind kind, ServicePortName owner) {
            this.frontend = frontend;
            this.kind = kind;
            this.owner = owner;
            this.serving = new EndpointPool(new PoolId(owner, frontend.family(), PoolId.Scope.SERVING), List.of());
        }

        public Builder fromLocalPod(Action value) {
            fromLocalPod = value;
            return this;
        }

        public Builder fromNode(Action value) {
            fromNode = value;
            return this;
        }

        public Builder fromExternal(Action value) {
            fromExternal = value;
            return this;
        }

        /** One action whatever the origin. */
        public Builder fromEverywhere(Action value) {
            return fromLocalPod(value).fromNode(value).fromExternal(value);
        }

        public Builder allowedSources(List<Cidr> value) {
            allowedSources = value;
            return this;
        }

        public Builder affinity(Optional<Duration> value) {
            affinity = value;
            return this;
        }

        public Builder balancing(Balancing value) {
            balancing = value;
            return this;
        }

        public Builder serving(EndpointPool value) {
            serving = value;
            return this;
        }

        public Builder proxyHeader(Optional<ProxyHeader> value) {
            proxyHeader = value;
            return this;
        }

        /**
         * The rule as set so far.
         *
         * @throws IllegalArgumentException when only one of frontend and kind is a node port
         */
        public Rule build() {
            return new Rule(
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
                    proxyHeader);
        }
    }
}
