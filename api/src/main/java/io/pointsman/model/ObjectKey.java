package io.pointsman.model;

import java.util.Comparator;
import java.util.Objects;

/** Identity of an object: kind and name. Ordered by kind, then by name. */
public record ObjectKey(ClusterObject.Kind kind, ObjectName name) implements Comparable<ObjectKey> {
    private static final Comparator<ObjectKey> ORDER =
            Comparator.comparing(ObjectKey::kind).thenComparing(ObjectKey::name);

    public ObjectKey {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
    }

    /** Returns the key of an object. */
    public static ObjectKey of(ClusterObject object) {
        return new ObjectKey(object.kind(), object.objectName());
    }

    @Override
    public int compareTo(ObjectKey other) {
        return ORDER.compare(this, other);
    }

    /** Formats as {@code Service shop/web} or {@code Node n1}, with control characters escaped so that it can be logged. */
    @Override
    public String toString() {
        return switch (kind) {
            case SERVICE -> "Service " + PrintableText.of(name.toString());
            case ENDPOINT_SLICE -> "EndpointSlice " + PrintableText.of(name.toString());
            case NODE -> "Node " + PrintableText.of(name.name());
            case SERVICE_CIDR -> "ServiceCIDR " + PrintableText.of(name.name());
        };
    }
}
