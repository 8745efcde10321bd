package io.pointsman.model;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * One real address behind a Service, as an EndpointSlice lists it. Made by {@link #of} or {@link #ready}, and refined from
 * there.
 *
 * @param conditions those that hold; for what is not listed, the opposite does
 * @param nodeName the node it is on; empty for none in particular
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
        /** It still answers; the last resort while it terminates. */
        SERVING,
        /** It is shutting down. */
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

    /** One in these conditions only, on no particular node, without hints. */
    public static Endpoint of(IpAddress address, Condition... conditions) {
        return of(address, Set.of(conditions));
    }

    /** One in these conditions only, on no particular node, without hints. */
    public static Endpoint of(IpAddress address, Set<Condition> conditions) {
        return new Endpoint(address, conditions, Optional.empty(), Set.of(), Set.of());
    }

    /** A ready endpoint, which then serves too, on no particular node, without hints. */
    public static Endpoint ready(IpAddress address) {
        return of(address, IN_SERVICE);
    }

    /** The same endpoint on a node. */
    public Endpoint onNode(String node) {
        return new Endpoint(address, conditions, Optional.of(node), zoneHints, nodeHints);
    }

    /** The same endpoint with these hints, of zones and of nodes. */
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
