package io.pointsman.nat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where packets come in: one object for each interface, made once and passed with its packets. Immutable. */
public final class Ingress {
    /** The node itself sent it, or the interface is not known. */
    public static final Ingress NONE = new Ingress(null);

    private final @Nullable String interfaceName;

    private Ingress(@Nullable String interfaceName) {
        this.interfaceName = interfaceName;
    }

    /** The interface of this name. */
    public static Ingress of(String interfaceName) {
        return new Ingress(Objects.requireNonNull(interfaceName, "interfaceName"));
    }

    @Nullable
    public String interfaceName() {
        return interfaceName;
    }

    @Override
    public String toString() {
        return interfaceName == null ? "the node itself" : interfaceName;
    }
}
