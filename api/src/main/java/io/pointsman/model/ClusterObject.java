package io.pointsman.model;

/** An object of the cluster that a proxy acts on. */
public sealed interface ClusterObject permits Service, EndpointSlice, Node, ServiceCidr {
    /** Kind of an object. */
    enum Kind {
        SERVICE,
        ENDPOINT_SLICE,
        NODE,
        SERVICE_CIDR
    }

    default Kind kind() {
        return switch (this) {
            case Service _ -> Kind.SERVICE;
            case EndpointSlice _ -> Kind.ENDPOINT_SLICE;
            case Node _ -> Kind.NODE;
            case ServiceCidr _ -> Kind.SERVICE_CIDR;
        };
    }

    /** Returns the object's name; the namespace is empty for an object without one, such as a Node. */
    default ObjectName objectName() {
        return switch (this) {
            case Service service -> service.name();
            case EndpointSlice slice -> slice.name();
            case Node node -> new ObjectName("", node.name());
            case ServiceCidr range -> new ObjectName("", range.name());
        };
    }
}
