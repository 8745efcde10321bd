package io.pointsman.kubernetes.decode;

import io.pointsman.kubernetes.Quoted;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ObjectName;
import java.util.Objects;

/** What makes two objects the same one. */
public record ObjectKey(ClusterObject.Kind kind, ObjectName name) {
    public ObjectKey {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
    }

    /** The key of an object. */
    public static ObjectKey of(ClusterObject object) {
        return new ObjectKey(object.kind(), object.objectName());
    }

    /** {@code Service shop/web}, {@code Node n1}. */
    @Override
    public String toString() {
        return switch (kind) {
            case SERVICE -> Resource.SERVICE.kind + " " + Quoted.plain(name.toString());
            case ENDPOINT_SLICE -> Resource.ENDPOINT_SLICE.kind + " " + Quoted.plain(name.toString());
            case NODE -> Resource.NODE.kind + " " + Quoted.plain(name.name());
            case SERVICE_CIDR -> Resource.SERVICE_CIDR.kind + " " + Quoted.plain(name.name());
        };
    }
}
