package io.pointsman.plan;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.model.TrafficPolicy;
import io.pointsman.plan.tracking.EndpointSelection;
import io.pointsman.plan.tracking.TrackedEndpoint;
import io.pointsman.plan.tracking.TrackedPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Resolves traffic policies and endpoint conditions of one service port in one family to rules. */
final class ServicePortResolver {
    private final PlanOptions options;
    private final NodeView node;
    private final TrackedPort port;
    private final ServiceSettings settings;
    private final FrontendAdmission admission;
    private final boolean hasUsable;
    private final EndpointPool cluster;
    private final EndpointPool local;
    private final EndpointPool serving;
    private boolean ignoresWeights;
    private List<TrackedEndpoint> converted = List.of(); // the endpoints of the last pool,
    private List<PoolEndpoint> members = List.of(); // and what they became: pools mostly have the same ones

    ServicePortResolver(
            PlanOptions options,
            NodeView node,
            TrackedPort port,
            List<TrackedEndpoint> endpoints,
            ServiceSettings settings,
            FrontendAdmission admission) {
        this.options = options;
        this.node = node;
        this.port = port;
        this.settings = settings;
        this.admission = admission;
        final var selection = EndpointSelection.of(port, endpoints, options.nodeName(), node.zone());
        hasUsable = selection.hasUsable();
        cluster = pool(PoolId.Scope.CLUSTER, selection.cluster().orElse(List.of()));
        local = pool(PoolId.Scope.LOCAL, selection.local().orElse(List.of()));
        serving = pool(
                PoolId.Scope.SERVING,
                EndpointSelection.filtered(endpoints, endpoint -> endpoint.isReady() || endpoint.isServing()));
    }

    private EndpointPool pool(PoolId.Scope scope, List<TrackedEndpoint> endpoints) {
        if (!endpoints.equals(converted)) {
            converted = endpoints;
            members = members(endpoints);
        }
        // if all weights are 0 the pool would forward to no endpoint, so weights are ignored
        final boolean hasNoWeight = !members.isEmpty() && haveNoWeight(members);
        ignoresWeights |= hasNoWeight && scope != PoolId.Scope.SERVING;
        return new EndpointPool(
                new PoolId(port.name(), port.family(), scope),
                hasNoWeight
                        ? members.stream()
                                .map(ServicePortResolver::equallyWeighted)
                                .toList()
                        : members);
    }

    private List<PoolEndpoint> members(List<TrackedEndpoint> endpoints) {
        final PoolEndpoint[] all = new PoolEndpoint[endpoints.size()];
        for (int i = 0; i < all.length; i++) {
            final TrackedEndpoint endpoint = endpoints.get(i);
            final int weight = settings.weights().of(endpoint.address());
            all[i] = new PoolEndpoint(endpoint.address(), endpoint.port(), weight, endpoint.local());
        }
        return List.of(all);
    }

    private static boolean haveNoWeight(List<PoolEndpoint> members) {
        for (PoolEndpoint member : members) {
            if (member.weight() != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether a list that new connections choose from had only weights of 0, which are ignored. */
    boolean ignoresWeights() {
        return ignoresWeights;
    }

    private static PoolEndpoint equallyWeighted(PoolEndpoint endpoint) {
        return new PoolEndpoint(endpoint.address(), endpoint.port(), EndpointWeights.DEFAULT, endpoint.local());
    }

    /**
     * Returns the rules of all admitted frontends: cluster address, external addresses, load balancer, node port. If an
     * address occurs twice, the first rule wins.
     */
    List<Rule> rules() {
        final List<Rule> rules = new ArrayList<>();
        if (admits(FrontendKind.CLUSTER_IP, port.clusterIp())) {
            rules.add(internalRule());
        }
        // If ranges are checked first, the load balancer's rule comes first, so its ranges guard an address that is
        // also an external IP. Otherwise the external IP's rule wins for such an address, and source ranges do not
        // apply.
        if (options.mode().has(ModeSemantics.Answer.SOURCE_RANGES_FIRST)) {
            addLoadBalancerRules(rules);
            addExternalIpRules(rules);
        } else {
            addExternalIpRules(rules);
            addLoadBalancerRules(rules);
        }
        if (port.nodePort() != 0) {
            final Frontend frontend = Frontend.nodePort(port.name().protocol(), port.family(), port.nodePort());
            if (admission.admitsNodePort(frontend)) {
                rules.add(externalRule(FrontendKind.NODE_PORT, frontend, List.of()));
            }
        }
        return rules;
    }

    private boolean admits(FrontendKind kind, IpAddress vip) {
        return admission.admits(kind, port.name().protocol(), vip, port.port());
    }

    private void addLoadBalancerRules(List<Rule> rules) {
        addExternalRules(rules, FrontendKind.LOAD_BALANCER, port.loadBalancerIps(), allowedSources());
    }

    private void addExternalIpRules(List<Rule> rules) {
        addExternalRules(rules, FrontendKind.EXTERNAL_IP, port.externalIps(), List.of());
    }

    private void addExternalRules(
            List<Rule> rules, FrontendKind kind, List<IpAddress> vips, List<Cidr> allowedSources) {
        for (IpAddress vip : vips) {
            if (admits(kind, vip)) {
                rules.add(externalRule(kind, vip, allowedSources));
            }
        }
    }

    /** Traffic to a cluster address keeps its source. If pods can be detected, all other sources are masqueraded. */
    private Rule internalRule() {
        final EndpointPool pool = port.internalPolicy() == TrafficPolicy.LOCAL ? local : cluster;
        final boolean masquerade = options.masqueradeAll();
        final Action others = forward(pool, masquerade || node.tellsPods(port.family()));
        return rule(
                new Frontend(port.name().protocol(), port.clusterIp(), port.port()),
                FrontendKind.CLUSTER_IP,
                forward(pool, masquerade),
                others,
                others,
                List.of());
    }

    private Rule externalRule(FrontendKind kind, IpAddress vip, List<Cidr> allowedSources) {
        return externalRule(kind, new Frontend(port.name().protocol(), vip, port.port()), allowedSources);
    }

    /**
     * Under policy Cluster every connection is masqueraded, so that replies come back through this node. Under policy Local
     * only external clients are limited to this node's endpoints: pods and the node itself reach the whole cluster, as at
     * the cluster address.
     */
    private Rule externalRule(FrontendKind kind, Frontend frontend, List<Cidr> allowedSources) {
        final Action anywhere = forward(cluster, true);
        return port.externalPolicy() == TrafficPolicy.LOCAL
                ? rule(frontend, kind, forward(cluster, false), anywhere, forward(local, false), allowedSources)
                : rule(frontend, kind, anywhere, anywhere, anywhere, allowedSources);
    }

    /**
     * Rejects if no node has a usable endpoint; drops if only this policy has none, so that the client tries another node.
     */
    private Action forward(EndpointPool pool, boolean masquerade) {
        if (!hasUsable) {
            return Action.REJECT;
        }
        return pool.isEmpty() ? Action.DROP : new Action.Forward(pool, masquerade);
    }

    /**
     * Returns the sources that may dial the load balancer addresses. If the node is within the ranges, these addresses are
     * sources too: the kernel may choose one as source if it is bound on the node.
     */
    private List<Cidr> allowedSources() {
        final List<Cidr> ranges = port.sourceRanges();
        if (ranges.isEmpty() || (!hasUsable && !options.mode().has(ModeSemantics.Answer.SOURCE_RANGES_FIRST))) {
            return List.of();
        }
        final IpAddress own = node.primary().get(port.family());
        if (own == null || ranges.stream().noneMatch(range -> range.contains(own))) {
            return ranges;
        }
        final List<Cidr> allowed = new ArrayList<>(ranges);
        port.loadBalancerIps().forEach(vip -> allowed.add(Cidr.of(vip)));
        return allowed;
    }

    private Rule rule(
            Frontend frontend,
            FrontendKind kind,
            Action fromLocalPod,
            Action fromNode,
            Action fromExternal,
            List<Cidr> allowedSources) {
        return Rule.builder(frontend, kind, port.name())
                .fromLocalPod(fromLocalPod)
                .fromNode(fromNode)
                .fromExternal(fromExternal)
                .allowedSources(allowedSources)
                .affinity(port.clientIpAffinity())
                .balancing(settings.balancing())
                .serving(serving)
                .proxyHeader(port.name().protocol() == Protocol.TCP ? settings.proxyHeader() : Optional.empty())
                .build();
    }
}
