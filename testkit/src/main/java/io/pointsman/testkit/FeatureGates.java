package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;

/**
 * Kubernetes features that a case turns on or off. Pointsman always has all of them; a cluster without one has different
 * objects, so the kit changes the objects.
 */
record FeatureGates(boolean hasNodeHints) {
    private static final String NODE_HINTS = "PreferSameTrafficDistribution";
    private static final Set<String> ALWAYS_ON = Set.of(
            NODE_HINTS,
            "TopologyAwareHints",
            "ServiceTrafficDistribution",
            "ProxyTerminatingEndpoints",
            "EndpointSliceTerminatingCondition",
            "ServiceInternalTrafficPolicy",
            "LoadBalancerIPMode");

    static FeatureGates of(JsonNode gates) {
        boolean hasNodeHints = true;
        for (Map.Entry<String, JsonNode> gate : gates.properties()) {
            final boolean isOn = gate.getValue().booleanValue();
            if (!gate.getValue().isBoolean() || !ALWAYS_ON.contains(gate.getKey())) {
                throw new IllegalArgumentException("feature gate " + gate + " is not known to this player");
            }
            if (gate.getKey().equals(NODE_HINTS)) {
                hasNodeHints = isOn;
            } else if (!isOn) {
                throw new IllegalArgumentException("feature gate " + gate.getKey() + " can't be switched off");
            }
        }
        return new FeatureGates(hasNodeHints);
    }

    /** Returns the object as a cluster with these gates would store it. */
    JsonNode applied(JsonNode object) {
        if (hasNodeHints) {
            return object;
        }
        final JsonNode copy = object.deepCopy();
        for (JsonNode endpoint : copy.path("endpoints")) {
            if (endpoint.path("hints") instanceof ObjectNode hints) {
                hints.remove("forNodes");
            }
        }
        return copy;
    }
}
