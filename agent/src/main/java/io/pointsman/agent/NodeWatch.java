package io.pointsman.agent;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.Node;
import io.pointsman.model.ObjectChange;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** This node as the source describes it: whether load balancers should send it new connections. Not thread-safe. */
final class NodeWatch {
    private static final int MAX_LISTED = 10;

    private final String self;
    private final Map<String, Node> nodes = new TreeMap<>();
    private boolean sawNodes;

    NodeWatch(String self) {
        this.self = self;
    }

    void note(List<ObjectChange> changes) {
        for (ObjectChange change : changes) {
            if (change instanceof ObjectChange.Put(Node node)) {
                nodes.put(node.name(), node);
                sawNodes = true;
            } else if (change instanceof ObjectChange.Delete(ClusterObject.Kind kind, var name)
                    && kind == ClusterObject.Kind.NODE) {
                nodes.remove(name.name());
            }
        }
    }

    /**
     * Whether the node is known, stays and is not about to be removed. True if the source never had a Node at all, such
     * as plain manifests.
     */
    boolean isEligible() {
        final Node node = nodes.get(self);
        return node == null ? !sawNodes : node.isEligible();
    }

    /** Returns what is wrong if the source has Nodes, but not this one. */
    Optional<String> problem() {
        if (!sawNodes || nodes.containsKey(self)) {
            return Optional.empty();
        }
        final String known =
                String.join(", ", nodes.keySet().stream().limit(MAX_LISTED).toList());
        return Optional.of(
                "the source has no Node of this name, so no endpoint is local and /healthz answers 503; it has "
                        + (known.isEmpty() ? "none any more" : known));
    }
}
