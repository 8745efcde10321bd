package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.ServiceCatalog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the objects of a cluster to the forwarding plan of one node. Applies all Kubernetes policy.
 *
 * <p>Keeps what it resolved, so that its work is proportional to what changed. Used by one thread, with one catalog, whose
 * changes it takes; a new resolver resolves the whole catalog first.
 */
public final class PlanResolver {
    private final PlanOptions options;
    private final Map<ObjectName, ServicePlan> resolved = new HashMap<>();
    private final FrontendClaims claims = new FrontendClaims();
    private final Map<ObjectName, List<PlanProblem>> problems = new HashMap<>();
    private final EndpointLoops loops = new EndpointLoops(claims);
    private final HealthCheckClaims healthChecks = new HealthCheckClaims();
    private final PlanAssembler assembler = new PlanAssembler();
    private @Nullable NodeView node;
    private @Nullable AddressOwners owners;
    private long servicesResolved;

    public PlanResolver(PlanOptions options) {
        this.options = Objects.requireNonNull(options, "options");
    }

    /** Resolves with the addresses of this node's interfaces and nothing else known of its network. */
    public PlanUpdate resolve(ServiceCatalog catalog, Set<IpAddress> localAddresses) {
        return resolve(catalog, HostAddresses.of(localAddresses));
    }

    /**
     * Returns the plan for the catalog's current state and its changes. Without a change it is the previous plan.
     *
     * @param host addresses of this node's interfaces (those of its Node object count too) and addresses that its
     *     network needs
     */
    public PlanUpdate resolve(ServiceCatalog catalog, HostAddresses host) {
        final NodeView current =
                NodeView.of(options, catalog.node(options.nodeName()), host.own(), catalog.serviceRanges());
        final AddressOwners addresses = new AddressOwners(current.facts(), host, catalog.nodeAddresses());
        final ServiceResolver resolver = new ServiceResolver(options, current, addresses, loops);
        final Set<Frontend> touched = new HashSet<>();
        resolve(affected(catalog, current, addresses), catalog, resolver, touched);
        resolve(loops.takeAffected(addresses), catalog, resolver, touched); // changes no frontend, so no third pass
        node = current;
        owners = addresses;
        final var step = assembler.advance(sorted(touched), claims, current.facts(), healthChecks.winners());
        return new PlanUpdate(step.plan(), step.delta(), allProblems());
    }

    private void resolve(
            Collection<ObjectName> names, ServiceCatalog catalog, ServiceResolver resolver, Set<Frontend> touched) {
        for (ObjectName name : names) {
            final Optional<ServicePlan> plan =
                    catalog.service(name).flatMap(service -> resolver.resolve(service, catalog.slices(name)));
            servicesResolved++;
            replace(name, plan.orElse(null), touched);
        }
    }

    /** Returns the Services whose part of the plan may have changed, in order of name. */
    private Collection<ObjectName> affected(ServiceCatalog catalog, NodeView current, AddressOwners addresses) {
        final Set<ObjectName> affected = catalog.takePendingServices();
        if (node == null) {
            catalog.services().forEach(service -> affected.add(service.name()));
        } else if (!current.tellsPodsAs(node)) {
            affected.addAll(resolved.keySet());
        } else if (!current.standsWhere(node)) {
            resolved.values().stream()
                    .filter(ServicePlan::dependsOnNode)
                    .forEach(service -> affected.add(service.name()));
        }
        final AddressOwners before = owners;
        if (before != null && !addresses.isSame(before)) {
            resolved.values().stream()
                    .filter(service -> addresses.differsFor(service.addresses(), before))
                    .forEach(service -> affected.add(service.name()));
        }
        return sorted(affected);
    }

    private static <T extends Comparable<T>> List<T> sorted(Set<T> unordered) {
        final List<T> sorted = new ArrayList<>(unordered);
        sorted.sort(null);
        return sorted;
    }

    private void replace(ObjectName name, @Nullable ServicePlan after, Set<Frontend> touched) {
        final ServicePlan before = after == null ? resolved.remove(name) : resolved.put(name, after);
        if (options.mode().has(ModeSemantics.Trait.DIALS_ENDPOINTS)) {
            loops.touch(before == null ? Set.of() : before.rules().keySet());
            loops.touch(after == null ? Set.of() : after.rules().keySet());
            loops.replace(name, before, after);
        }
        claims.replace(before, after);
        healthChecks.replace(before, after);
        if (before != null) {
            touched.addAll(before.rules().keySet());
            problems.remove(name);
        }
        if (after != null) {
            touched.addAll(after.rules().keySet());
            if (!after.problems().isEmpty()) {
                problems.put(name, after.problems());
            }
        }
    }

    private List<PlanProblem> allProblems() {
        final List<PlanProblem> all = new ArrayList<>(claims.problems());
        all.addAll(healthChecks.problems());
        problems.values().forEach(all::addAll);
        all.sort(null);
        return all;
    }

    /** Returns how many times a Service has been resolved so far, as a measure of work for metrics and tests. */
    public long servicesResolved() {
        return servicesResolved;
    }
}
