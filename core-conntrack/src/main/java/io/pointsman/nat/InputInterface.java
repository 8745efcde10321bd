package io.pointsman.nat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Interface on which packets arrive: one object per interface, created once and passed with its packets. Immutable. */
public final class InputInterface {
    /** No interface: the node itself sent the packet, or the interface is not known. */
    public static final InputInterface NONE = new InputInterface(null);

    private final @Nullable String interfaceName;

    private InputInterface(@Nullable String interfaceName) {
        this.interfaceName = interfaceName;
    }

    /** Returns the interface with this name. */
    public static InputInterface of(String interfaceName) {
        return new InputInterface(Objects.requireNonNull(interfaceName, "interfaceName"));
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
