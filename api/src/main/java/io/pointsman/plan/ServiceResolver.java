package io.pointsman.plan;

import io.pointsman.model.EndpointSlice;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Service;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.tracking.TrackedEndpoint;
import io.pointsman.plan.tracking.TrackedPort;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Resolves Services, each with its slices, for one view of the node. */
final class ServiceResolver {
    private final PlanOptions options;
    private final NodeView node;
    private final AddressOwners owners;
    private final EndpointLoops loops;

    ServiceResolver(PlanOptions options, NodeView node, AddressOwners owners, EndpointLoops loops) {
        this.options = options;
        this.node = node;
        this.owners = owners;
        this.loops = loops;
    }

    /** Resolves a Service; empty if this proxy does not serve it. */
    Optional<ServicePlan> resolve(Service service, List<EndpointSlice> slices) {
        return TrackedPort.isProxied(service)
                ? Optional.of(new Resolution(service, slices).resolve())
                : Optional.empty();
    }

    /** Resolution of one Service. */
    private final class Resolution {
        private final Service service;
        private final List<EndpointSlice> slices;
        private final List<PlanProblem> problems = new ArrayList<>();
        private final ServiceSettings settings;
        private final FrontendAdmission admission;
        private final Map<Frontend, Rule> rules = new LinkedHashMap<>();
        private final Set<Frontend> dialed = new HashSet<>();
        private final Set<Frontend> leftAlone = new HashSet<>();
        private final Set<IpFamily> healthCheckFamilies = EnumSet.noneOf(IpFamily.class);
        private int healthCheckPort;
        private int localEndpoints;
        private boolean dependsOnNode;

        Resolution(Service service, List<EndpointSlice> slices) {
            this.service = service;
            this.slices = slices;
            settings = ServiceSettings.of(service, problems);
            admission = new FrontendAdmission(options, owners, service);
        }

        ServicePlan resolve() {
            for (IpFamily family : options.families()) {
                final Map<ServicePortName, List<TrackedEndpoint>> endpoints =
                        new HashMap<>(TrackedEndpoint.byPort(slices, family, options.nodeName()));
                for (TrackedPort port : TrackedPort.of(service, family)) {
                    resolve(port, endpoints);
                }
                // an endpoint with an address of each family counts once, so families are not added up
                localEndpoints = Math.max(localEndpoints, localReady(endpoints));
            }
            problems.addAll(ServiceWarnings.foreignFamilies(service, options.families()));
            final Optional<HealthCheck> healthCheck = healthCheck();
            problems.addAll(admission.problems());
            return new ServicePlan(
                    service.name(),
                    service.createdAt().orElse(Instant.MAX),
                    rules,
                    healthCheck,
                    problems,
                    dependsOnNode,
                    new AddressUse(takesWhole() || dials() ? admission.asked() : Set.of(), dialed, leftAlone));
        }

        /** @param endpoints endpoints of all ports; those that must not be dialed are removed */
        private void resolve(TrackedPort port, Map<ServicePortName, List<TrackedEndpoint>> endpoints) {
            final List<TrackedEndpoint> all = endpoints.getOrDefault(port.name(), List.of());
            final List<TrackedEndpoint> own = dials() ? withoutLoops(port, all) : all;
            endpoints.put(port.name(), own);
            final ServicePortResolver resolver = new ServicePortResolver(options, node, port, own, settings, admission);
            for (Rule rule : resolver.rules()) {
                claim(rule, all);
            }
            if (resolver.ignoresWeights()) {
                problems.add(new PlanProblem(
                        port.name().service(),
                        Optional.empty(),
                        "the weights of all usable " + port.family() + " endpoints of port " + port.port() + "/"
                                + port.name().protocol()
                                + " are 0, so the weights are ignored; give one endpoint a weight above 0"));
            }
            if (all.isEmpty()) {
                ServiceWarnings.otherPortNames(port, slices).ifPresent(problems::add);
            }
            ServiceWarnings.disagreeingSlices(port, slices, all).ifPresent(problems::add);
            ServiceWarnings.openRanges(service, port).ifPresent(problems::add);
            dependsOnNode |= !port.sourceRanges().isEmpty() || hasHints(all);
            if (port.healthCheckNodePort() != 0) {
                healthCheckPort = port.healthCheckNodePort();
                healthCheckFamilies.add(port.family());
            }
        }

        private void claim(Rule rule, List<TrackedEndpoint> endpoints) {
            // one port may name an address twice, as external IP and as load balancer's
            final Rule earlier = rules.get(rule.frontend());
            if (earlier == null) {
                rules.put(rule.frontend(), dials() ? leftToHost(rule, endpoints) : rule);
            } else if (!earlier.owner().equals(rule.owner())) {
                problems.add(FrontendClaims.refusal(rule, earlier));
            }
        }

        private List<TrackedEndpoint> withoutLoops(TrackedPort port, List<TrackedEndpoint> endpoints) {
            final List<TrackedEndpoint> safe = new ArrayList<>(endpoints.size());
            final List<String> loop = new ArrayList<>();
            for (TrackedEndpoint endpoint : endpoints) {
                final Frontend target = target(port.name(), endpoint);
                dialed.add(target);
                final Optional<ServicePortName> owner = loops.owner(target, owners);
                if (owner.isPresent()) {
                    loop.add(endpoint + ", a frontend of " + owner.get());
                } else {
                    safe.add(endpoint);
                }
            }
            if (!loop.isEmpty()) {
                problems.add(ServiceWarnings.loops(port, loop));
            }
            return safe;
        }

        private static Frontend target(ServicePortName port, TrackedEndpoint endpoint) {
            return new Frontend(port.protocol(), endpoint.address(), endpoint.port());
        }

        /**
         * Returns the rule. If an endpoint of its port has the same address and port on this node, returns a rule that
         * passes packets to the process there, even if it is not ready: a process could not start to listen where the proxy
         * does.
         */
        private Rule leftToHost(Rule rule, List<TrackedEndpoint> endpoints) {
            boolean isHere = false;
            for (TrackedEndpoint endpoint : endpoints) {
                if (isOn(rule.frontend(), endpoint)) {
                    leftAlone.add(target(rule.owner(), endpoint));
                    isHere |= owners.self().owns(endpoint.address());
                }
            }
            if (!isHere) {
                return rule;
            }
            problems.add(ServiceWarnings.leftAlone(rule));
            return rule.toBuilder().fromEverywhere(Action.PASS).build();
        }

        private boolean isOn(Frontend frontend, TrackedEndpoint endpoint) {
            return endpoint.port() == frontend.port()
                    && endpoint.address().family() == frontend.family()
                    && (frontend.isNodePort()
                            ? owners.answersNodePorts(endpoint.address())
                            : frontend.vip().equals(endpoint.address()) && owners.isOfSomeNode(endpoint.address()));
        }

        private Optional<HealthCheck> healthCheck() {
            return healthCheckPort == 0 || !admission.admitsHealthCheckPort(healthCheckPort)
                    ? Optional.empty()
                    : Optional.of(
                            new HealthCheck(service.name(), healthCheckFamilies, healthCheckPort, localEndpoints));
        }
    }

    private boolean dials() {
        return options.mode().has(ModeSemantics.Trait.DIALS_ENDPOINTS);
    }

    private boolean takesWhole() {
        return options.mode().has(ModeSemantics.Trait.TAKES_WHOLE_ADDRESSES);
    }

    private static boolean hasHints(List<TrackedEndpoint> endpoints) {
        for (TrackedEndpoint endpoint : endpoints) {
            if (!endpoint.zoneHints().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private static int localReady(Map<ServicePortName, List<TrackedEndpoint>> endpoints) {
        final Set<IpAddress> addresses = new HashSet<>();
        for (List<TrackedEndpoint> ofPort : endpoints.values()) {
            for (TrackedEndpoint endpoint : ofPort) {
                if (endpoint.local() && endpoint.isReady()) {
                    addresses.add(endpoint.address());
                }
            }
        }
        return addresses.size();
    }
}
