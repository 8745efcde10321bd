package io.pointsman.plan;

import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePortName;
import io.pointsman.model.TrackedEndpoint;
import io.pointsman.model.TrackedPort;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Resolves one Service with its slices against one view of the node. */
final class ServiceResolver {
    private final PlanOptions options;
    private final NodeView node;

    ServiceResolver(PlanOptions options, NodeView node) {
        this.options = options;
        this.node = node;
    }

    /** Empty for a Service that is not this proxy's business. */
    Optional<ServicePlan> resolve(Service service, List<EndpointSlice> slices) {
        if (!TrackedPort.isProxied(service)) {
            return Optional.empty();
        }
        final List<PlanProblem> problems = new ArrayList<>();
        final ServiceSettings settings = ServiceSettings.of(service, problems);
        final Map<Frontend, Rule> rules = new LinkedHashMap<>();
        int healthCheckPort = 0;
        final Set<IpFamily> healthCheckFamilies = EnumSet.noneOf(IpFamily.class);
        int localEndpoints = 0;
        boolean dependsOnNode = false;
        for (IpFamily family : options.families()) {
            final Map<ServicePortName, List<TrackedEndpoint>> endpoints =
                    TrackedEndpoint.byPort(slices, family, options.nodeName());
            for (TrackedPort port : TrackedPort.of(service, family)) {
                final List<TrackedEndpoint> own = endpoints.getOrDefault(port.name(), List.of());
                resolve(port, own, settings, rules, problems);
                dependsOnNode |= !port.sourceRanges().isEmpty() || hasHints(own);
                if (port.healthCheckNodePort() != 0) {
                    healthCheckPort = port.healthCheckNodePort();
                    healthCheckFamilies.add(family);
                }
            }
            // an endpoint with an address of each family is one endpoint still, so families do not add up
            localEndpoints = Math.max(localEndpoints, localReady(endpoints));
        }
        return Optional.of(new ServicePlan(
                service.name(),
                service.createdAt().orElse(Instant.MAX),
                rules,
                healthCheckPort == 0
                        ? Optional.empty()
                        : Optional.of(
                                new HealthCheck(service.name(), healthCheckFamilies, healthCheckPort, localEndpoints)),
                problems,
                dependsOnNode));
    }

    private void resolve(
            TrackedPort port,
            List<TrackedEndpoint> endpoints,
            ServiceSettings settings,
            Map<Frontend, Rule> rules,
            List<PlanProblem> problems) {
        final PortResolver resolver = new PortResolver(options, node, port, endpoints, settings);
        for (Rule rule : resolver.rules()) {
            // one port may name an address twice, as external and as load balancer's
            final Rule earlier = rules.putIfAbsent(rule.frontend(), rule);
            if (earlier != null && !earlier.owner().equals(rule.owner())) {
                problems.add(FrontendClaims.refusal(rule, earlier));
            }
        }
        if (resolver.ignoresWeights()) {
            problems.add(new PlanProblem(
                    port.name().service(),
                    Optional.empty(),
                    "the weights of all usable " + port.family() + " endpoints of port " + port.port() + "/"
                            + port.name().protocol() + " are 0, so none of them counts: give one a weight above 0"));
        }
    }

    private static boolean hasHints(List<TrackedEndpoint> endpoints) {
        return endpoints.stream().anyMatch(endpoint -> !endpoint.zoneHints().isEmpty());
    }

    private static int localReady(Map<ServicePortName, List<TrackedEndpoint>> endpoints) {
        final Set<IpAddress> addresses = new HashSet<>();
        endpoints.values().stream()
                .flatMap(List::stream)
                .filter(endpoint -> endpoint.local() && endpoint.ready())
                .forEach(endpoint -> addresses.add(endpoint.address()));
        return addresses.size();
    }
}
