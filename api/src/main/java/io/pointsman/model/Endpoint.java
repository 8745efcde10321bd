package io.pointsman.model;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * One real address behind a Service, as an EndpointSlice lists it.
 *
 * @param ready new connections may go here
 * @param serving it still answers; the last resort while it terminates
 * @param zoneHints zones whose clients should come here, empty for no hint
 * @param nodeHints nodes whose clients should come here, empty for no hint
 */
public record Endpoint(
        IpAddress address,
        boolean ready,
        boolean serving,
        boolean terminating,
        Optional<String> nodeName,
        Set<String> zoneHints,
        Set<String> nodeHints) {
    public Endpoint {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(nodeName, "nodeName");
        zoneHints = Set.copyOf(zoneHints);
        nodeHints = Set.copyOf(nodeHints);
    }

    /** A ready endpoint on no particular node. */
    public static Endpoint ready(IpAddress address) {
        return new Endpoint(address, true, true, false, Optional.empty(), Set.of(), Set.of());
    }

    /** The same endpoint on a node. */
    public Endpoint onNode(String node) {
        return new Endpoint(address, ready, serving, terminating, Optional.of(node), zoneHints, nodeHints);
    }
}
