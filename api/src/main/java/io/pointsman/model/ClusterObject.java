package io.pointsman.model;

/** An object of the cluster that a proxy acts on. */
public sealed interface ClusterObject permits Service, EndpointSlice, Node {
    /** What kind an object is. */
    enum Kind {
        SERVICE,
        ENDPOINT_SLICE,
        NODE
    }

    default Kind kind() {
        return switch (this) {
            case Service _ -> Kind.SERVICE;
            case EndpointSlice _ -> Kind.ENDPOINT_SLICE;
            case Node _ -> Kind.NODE;
        };
    }

    /** Its name; a Node, which has no namespace, has an empty one here. */
    default ObjectName objectName() {
        return switch (this) {
            case Service service -> service.name();
            case EndpointSlice slice -> slice.name();
            case Node node -> new ObjectName("", node.name());
        };
    }
}
