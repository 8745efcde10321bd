package io.pointsman.plan;

import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import io.pointsman.model.ServicePortName;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds endpoints that are frontends of this proxy: a proxy that dials endpoints would dial itself. Remembers which Services
 * have which endpoint, so that a change of one Service affects only the Services that point to it. Not thread-safe.
 */
final class EndpointLoops {
    private final FrontendClaims claims;
    /** Services that dial an endpoint, by protocol, family and port (as a node port's frontend), then by address. */
    private final Map<Frontend, Map<IpAddress, Set<ObjectName>>> dialers = new HashMap<>();

    private final Map<Frontend, Optional<Standing>> before = new HashMap<>(); // of frontends that were touched

    /**
     * Owner of a frontend, for Services that have this frontend as an endpoint.
     *
     * @param leftAlone endpoints at a node port that a process of the node serves itself
     */
    private record Standing(ServicePortName owner, Set<Frontend> leftAlone) {}

    EndpointLoops(FrontendClaims claims) {
        this.claims = claims;
    }

    /** Returns the service port that a connection to an endpoint would come back to; empty if the endpoint may be dialed. */
    Optional<ServicePortName> owner(Frontend endpoint, AddressOwners owners) {
        final Optional<Standing> exact = settled(endpoint);
        if (exact.isPresent()) {
            return exact.map(Standing::owner);
        }
        return owners.answersNodePorts(endpoint.vip())
                ? settled(portOf(endpoint))
                        .filter(standing -> !standing.leftAlone().contains(endpoint))
                        .map(Standing::owner)
                : Optional.empty();
    }

    /**
     * Returns the owner before claims began to change. While Services are resolved one by one, the current owner depends on
     * their order. Services whose result differs in the end are among the {@linkplain #takeAffected affected}.
     */
    private Optional<Standing> settled(Frontend frontend) {
        final Optional<Standing> earlier = before.get(frontend);
        return earlier == null ? standing(frontend) : earlier;
    }

    private Optional<Standing> standing(Frontend frontend) {
        final ServicePlan keeper = claims.keeper(frontend);
        final Rule rule = keeper == null ? null : keeper.rules().get(frontend);
        if (keeper == null || rule == null) {
            return Optional.empty();
        }
        final Set<Frontend> leftAlone = keeper.addresses().leftAlone();
        if (!frontend.isNodePort()) {
            return leftAlone.contains(frontend) ? Optional.empty() : Optional.of(new Standing(rule.owner(), Set.of()));
        }
        return Optional.of(new Standing(
                rule.owner(),
                leftAlone.isEmpty()
                        ? leftAlone
                        : leftAlone.stream()
                                .filter(endpoint -> portOf(endpoint).equals(frontend))
                                .collect(Collectors.toSet())));
    }

    private static Frontend portOf(Frontend endpoint) {
        return Frontend.nodePort(endpoint.protocol(), endpoint.family(), endpoint.port());
    }

    /** Remembers the owners of these frontends; call it before their claims change. */
    void touch(Collection<Frontend> frontends) {
        for (Frontend frontend : frontends) {
            before.computeIfAbsent(frontend, this::standing);
        }
    }

    /** Replaces one Service's endpoints. */
    void replace(ObjectName service, @Nullable ServicePlan old, @Nullable ServicePlan now) {
        if (old != null) {
            for (Frontend endpoint : old.addresses().endpoints()) {
                dialers.computeIfPresent(portOf(endpoint), (_, byAddress) -> {
                    byAddress.computeIfPresent(endpoint.vip(), (_, services) -> without(services, service));
                    return byAddress.isEmpty() ? null : byAddress;
                });
            }
        }
        if (now != null) {
            for (Frontend endpoint : now.addresses().endpoints()) {
                dialers.computeIfAbsent(portOf(endpoint), _ -> new HashMap<>())
                        .merge(endpoint.vip(), Set.of(service), EndpointLoops::union);
            }
        }
    }

    private static @Nullable Set<ObjectName> without(Set<ObjectName> services, ObjectName service) {
        final Set<ObjectName> rest = new HashSet<>(services);
        rest.remove(service);
        return rest.isEmpty() ? null : Set.copyOf(rest);
    }

    private static Set<ObjectName> union(Set<ObjectName> one, Set<ObjectName> other) {
        final Set<ObjectName> both = new HashSet<>(one);
        both.addAll(other);
        return Set.copyOf(both);
    }

    /** Returns the Services with an endpoint whose frontend has a different owner than at the last call. */
    Set<ObjectName> takeAffected(AddressOwners owners) {
        final Set<ObjectName> affected = new HashSet<>();
        before.forEach((frontend, standing) -> {
            if (!standing.equals(standing(frontend))) {
                affected.addAll(dialersOf(frontend, owners));
            }
        });
        before.clear();
        return affected;
    }

    private Set<ObjectName> dialersOf(Frontend frontend, AddressOwners owners) {
        if (!frontend.isNodePort()) {
            return dialers.getOrDefault(portOf(frontend), Map.of()).getOrDefault(frontend.vip(), Set.of());
        }
        final Set<ObjectName> services = new HashSet<>();
        dialers.getOrDefault(frontend, Map.of()).forEach((address, some) -> {
            if (owners.isOfSomeNode(address)) {
                services.addAll(some);
            }
        });
        return services;
    }
}
