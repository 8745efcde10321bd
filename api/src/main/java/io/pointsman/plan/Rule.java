package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ServicePortName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Verdicts on new connections to one frontend: first the allowed sources are checked, then the action of the origin applies.
 * Built with {@link #builder}.
 *
 * @param allowedSources ranges that may connect, whatever the origin; others are dropped. All sources if empty
 * @param affinity how long a client keeps its endpoint after its last new connection; shared by all frontends of the
 *     service port
 * @param serving endpoints that existing flows of this frontend may still use; may be empty
 * @param proxyHeader header that its endpoints expect at the start of each TCP connection
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

    /**
     * Starts a rule that rejects all connections. It allows all sources, balances at random and has no affinity, serving
     * endpoints or header.
     */
    public static Builder builder(Frontend frontend, FrontendKind kind, ServicePortName owner) {
        return new Builder(frontend, kind, owner);
    }

    /** Starts a builder with this rule's values. */
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

    /** Returns the actions of the origins, in order of {@link Origin}, equal ones repeated. */
    public List<Action> actions() {
        return List.of(fromLocalPod, fromNode, fromExternal);
    }

    /** Whether connections of some origin go to an endpoint. */
    public boolean forwards() {
        return actions().stream().anyMatch(Action.Forward.class::isInstance);
    }

    /** Whether connections of some origin keep the client's address on the way to an endpoint. */
    public boolean keepsSource() {
        return actions().stream().anyMatch(action -> action instanceof Action.Forward forward && !forward.masquerade());
    }

    /**
     * Returns the destinations of the rule on a node, in ascending order: its VIP, or for a node port all listed addresses
     * where node ports of its family answer.
     */
    public SortedSet<IpAddress> addresses(NodeFacts node) {
        return frontend.isNodePort()
                ? node.nodePortAddresses(frontend.family())
                : new TreeSet<>(Set.of(frontend.vip()));
    }

    /** Returns the pools of the rule, without duplicates: those that its actions choose from, and {@code serving}. */
    public List<EndpointPool> pools() {
        final List<EndpointPool> pools = new ArrayList<>(4);
        addPool(pools, fromLocalPod);
        addPool(pools, fromNode);
        addPool(pools, fromExternal);
        if (!pools.contains(serving)) {
            pools.add(serving);
        }
        return pools;
    }

    private static void addPool(List<EndpointPool> pools, Action action) {
        if (action instanceof Action.Forward forward && !pools.contains(forward.pool())) {
            pools.add(forward.pool());
        }
    }

    public boolean allowsSource(IpAddress source) {
        return allowedSources.isEmpty() || allowedSources.stream().anyMatch(range -> range.contains(source));
    }

    /** Collects a rule's values. Not thread-safe. */
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

        /** Sets one action for all origins. */
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
         * Builds the rule.
         *
         * @throws IllegalArgumentException if only one of frontend and kind is a node port
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
