package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.RefusedException;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectName;
import java.util.Optional;

/** Resources that a proxy uses, as manifests name them. */
public enum Resource {
    SERVICE("v1", "Service", ClusterObject.Kind.SERVICE),
    ENDPOINT_SLICE("discovery.k8s.io/v1", "EndpointSlice", ClusterObject.Kind.ENDPOINT_SLICE),
    NODE("v1", "Node", ClusterObject.Kind.NODE),
    SERVICE_CIDR("networking.k8s.io/v1", "ServiceCIDR", ClusterObject.Kind.SERVICE_CIDR);

    public final String apiVersion;
    public final String kind;
    public final ClusterObject.Kind modelKind;

    Resource(String apiVersion, String kind, ClusterObject.Kind modelKind) {
        this.apiVersion = apiVersion;
        this.kind = kind;
        this.modelKind = modelKind;
    }

    /** Returns the resource; empty for any other, which is not an error. */
    public static Optional<Resource> of(String apiVersion, String kind) {
        for (Resource resource : values()) {
            if (resource.kind.equals(kind) && resource.apiVersion.equals(apiVersion)) {
                return Optional.of(resource);
            }
        }
        return Optional.empty();
    }

    /** Returns the resource that is decoded to this kind of object. */
    public static Resource of(ClusterObject.Kind kind) {
        return switch (kind) {
            case SERVICE -> SERVICE;
            case ENDPOINT_SLICE -> ENDPOINT_SLICE;
            case NODE -> NODE;
            case SERVICE_CIDR -> SERVICE_CIDR;
        };
    }

    /** Returns an object's name; a Node and a ServiceCIDR have no namespace. */
    ObjectName name(Metadata metadata) throws RefusedException {
        return switch (this) {
            case SERVICE, ENDPOINT_SLICE -> metadata.namespacedName();
            case NODE, SERVICE_CIDR -> new ObjectName("", metadata.name());
        };
    }

    /** Decodes an object; empty for one that a proxy does not use. */
    Optional<ClusterObject> decode(Field object) throws RefusedException {
        return switch (this) {
            case SERVICE -> Optional.of(ServiceDecoder.decode(object));
            case ENDPOINT_SLICE -> EndpointSliceDecoder.decode(object).map(slice -> slice);
            case NODE -> Optional.of(NodeDecoder.decode(object));
            case SERVICE_CIDR -> Optional.of(ServiceCidrDecoder.decode(object));
        };
    }
}
