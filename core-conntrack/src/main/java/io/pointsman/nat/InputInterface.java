package io.pointsman.nat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Where packets come in: one object for each interface, made once and passed with its packets. Immutable. */
public final class InputInterface {
    /** The node itself sent it, or the interface is not known. */
    public static final InputInterface NONE = new InputInterface(null);

    private final @Nullable String interfaceName;

    private InputInterface(@Nullable String interfaceName) {
        this.interfaceName = interfaceName;
    }

    /** The interface of this name. */
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
