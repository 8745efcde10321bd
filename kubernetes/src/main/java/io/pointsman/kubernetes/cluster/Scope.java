package io.pointsman.kubernetes.cluster;

import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectKey;
import java.util.List;

/**
 * The objects that are listed and watched: those of one resource that match selectors, the same as kube-proxy's.
 *
 * @param resource name in RBAC
 * @param path below the server's address
 * @param fieldSelector empty for none
 * @param labelSelector empty for none
 * @param onlyName name of the one object that is requested, while others may be known already; empty for all
 */
record Scope(
        ClusterObject.Kind kind,
        String resource,
        String path,
        String fieldSelector,
        String labelSelector,
        String onlyName) {
    private static final Scope SERVICES = new Scope(
            ClusterObject.Kind.SERVICE,
            "services",
            "api/v1/services",
            "spec.clusterIP!=None",
            "!service.kubernetes.io/service-proxy-name",
            "");
    private static final Scope ENDPOINT_SLICES = new Scope(
            ClusterObject.Kind.ENDPOINT_SLICE,
            "endpointslices",
            "apis/discovery.k8s.io/v1/endpointslices",
            "",
            "!service.kubernetes.io/headless",
            "");
    private static final Scope NODES = new Scope(ClusterObject.Kind.NODE, "nodes", "api/v1/nodes", "", "", "");

    private static final Scope SERVICE_CIDRS = new Scope(
            ClusterObject.Kind.SERVICE_CIDR, "servicecidrs", "apis/networking.k8s.io/v1/servicecidrs", "", "", "");

    /** Returns the scopes of a kind, the widest first; the next one is used if that is forbidden. */
    static List<Scope> of(ClusterObject.Kind kind, String ownNode) {
        return switch (kind) {
            case SERVICE -> List.of(SERVICES);
            case ENDPOINT_SLICE -> List.of(ENDPOINT_SLICES);
            case NODE ->
                List.of(
                        NODES,
                        new Scope(
                                NODES.kind(), NODES.resource(), NODES.path(), "metadata.name=" + ownNode, "", ownNode));
            case SERVICE_CIDR -> List.of(SERVICE_CIDRS);
        };
    }

    /** Whether the scope selects the object with this key, as far as its name tells. */
    boolean covers(ObjectKey key) {
        return onlyName.isEmpty() || key.name().name().equals(onlyName);
    }

    /** Whether a proxy can do without the resource: older servers lack it, and older roles forbid it. */
    boolean isOptional() {
        return kind == ClusterObject.Kind.SERVICE_CIDR;
    }

    /** Returns the name in a role: {@code endpointslices.discovery.k8s.io}. */
    String fullName() {
        return switch (kind) {
            case SERVICE, NODE -> resource;
            case ENDPOINT_SLICE -> resource + ".discovery.k8s.io";
            case SERVICE_CIDR -> resource + ".networking.k8s.io";
        };
    }
}
