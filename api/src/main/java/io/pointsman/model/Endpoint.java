package io.pointsman.model;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * An endpoint of a Service, as an EndpointSlice lists it. Create one by {@link #of} or {@link #ready}, then add a node and
 * hints.
 *
 * @param conditions the conditions that are true; all others are false
 * @param nodeName the node it is on; empty if it is on none in particular
 * @param zoneHints zones whose clients should come here, empty for no hint
 * @param nodeHints nodes whose clients should come here, empty for no hint
 */
public record Endpoint(
        IpAddress address,
        Set<Condition> conditions,
        Optional<String> nodeName,
        Set<String> zoneHints,
        Set<String> nodeHints) {
    /** A condition of EndpointSlices, as {@code discovery.k8s.io/v1} defines it. */
    public enum Condition {
        /** New connections may go here. */
        READY,
        /** The endpoint still serves, perhaps while it terminates; used if none is ready. */
        SERVING,
        /** The endpoint is shutting down. */
        TERMINATING
    }

    private static final Set<Condition> IN_SERVICE = Set.of(Condition.READY, Condition.SERVING);

    public Endpoint {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(nodeName, "nodeName");
        conditions = Set.copyOf(conditions);
        zoneHints = Set.copyOf(zoneHints);
        nodeHints = Set.copyOf(nodeHints);
    }

    /** Creates an endpoint with the given conditions, on no particular node, without hints. */
    public static Endpoint of(IpAddress address, Condition... conditions) {
        return of(address, Set.of(conditions));
    }

    /** Creates an endpoint with the given conditions, on no particular node, without hints. */
    public static Endpoint of(IpAddress address, Set<Condition> conditions) {
        return new Endpoint(address, conditions, Optional.empty(), Set.of(), Set.of());
    }

    /** Creates an endpoint that is ready and serving, on no particular node, without hints. */
    public static Endpoint ready(IpAddress address) {
        return of(address, IN_SERVICE);
    }

    /** Returns a copy of this endpoint on a node. */
    public Endpoint onNode(String node) {
        return new Endpoint(address, conditions, Optional.of(node), zoneHints, nodeHints);
    }

    /** Returns a copy of this endpoint with hints for zones and for nodes. */
    public Endpoint hintedFor(Set<String> zones, Set<String> nodes) {
        return new Endpoint(address, conditions, nodeName, zones, nodes);
    }

    public boolean isReady() {
        return conditions.contains(Condition.READY);
    }

    public boolean isServing() {
        return conditions.contains(Condition.SERVING);
    }

    public boolean isTerminating() {
        return conditions.contains(Condition.TERMINATING);
    }
}
