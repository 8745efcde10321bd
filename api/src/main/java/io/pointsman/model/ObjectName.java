package io.pointsman.model;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The name of a Service or EndpointSlice. Untrusted input: never put it into a rule unescaped. */
public record ObjectName(String namespace, String name) implements Comparable<ObjectName> {
    public ObjectName {
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(name, "name");
    }

    // Hashed and compared for every object of a cluster, before the JVM has compiled a record's own methods.
    @Override
    public int hashCode() {
        return 31 * namespace.hashCode() + name.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object object) {
        return object instanceof ObjectName other && name.equals(other.name) && namespace.equals(other.namespace);
    }

    @Override
    public int compareTo(ObjectName other) {
        final int order = namespace.compareTo(other.namespace);
        return order == 0 ? name.compareTo(other.name) : order;
    }

    /** {@code namespace/name}. */
    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
