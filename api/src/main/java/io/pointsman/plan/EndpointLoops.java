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
 * Which endpoints are frontends of this proxy: a proxy that dials endpoints would dial itself. Remembers who has which
 * endpoint, so that a Service that comes or goes concerns only those that lead to it. Not thread-safe.
 */
final class EndpointLoops {
    private final FrontendClaims claims;
    /** By protocol, family and port (which a node port's frontend says), then by address. */
    private final Map<Frontend, Map<IpAddress, Set<ObjectName>>> dialers = new HashMap<>();

    private final Map<Frontend, Optional<Standing>> before = new HashMap<>(); // of frontends that were touched

    /**
     * What a frontend means to those who have it as an endpoint.
     *
     * @param leftAlone of a node port: where a process of the node answers in its place
     */
    private record Standing(ServicePortName owner, Set<Frontend> leftAlone) {}

    EndpointLoops(FrontendClaims claims) {
        this.claims = claims;
    }

    /** The service port that a connection to an endpoint would come back to; empty for an endpoint that may be dialed. */
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
     * As it was before claims began to change: while Services are resolved one after the other, who has a frontend for the moment depends
     * on their order. Those for whom it comes out differently are among the {@linkplain #takeAffected affected}.
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

    /** To be called before claims to these frontends change. */
    void touch(Collection<Frontend> frontends) {
        for (Frontend frontend : frontends) {
            before.computeIfAbsent(frontend, this::standing);
        }
    }

    /** Puts one Service's endpoints in place of its earlier ones. */
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

    /** Services with an endpoint whose frontend came, went or changed hands since this was last asked. */
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
