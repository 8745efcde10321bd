package io.pointsman.linux.netns;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.program.Programs;
import java.nio.file.Path;
import java.util.Optional;

/** The network namespace that is worked in: a given one, or that of whichever thread calls. Any thread. */
public final class Whereabouts {
    private final Optional<NetworkNamespace> namespace;

    private Whereabouts(Optional<NetworkNamespace> namespace) {
        this.namespace = namespace;
    }

    /** Where the caller is. */
    public static Whereabouts here() {
        return new Whereabouts(Optional.empty());
    }

    /**
     * In the namespace of this name (as {@code ip netns} gives it) or path; where the caller is for an empty one.
     *
     * @throws IllegalArgumentException when it can't be a name
     */
    public static Whereabouts of(String netns) {
        if (netns.isEmpty()) {
            return here();
        }
        return new Whereabouts(Optional.of(
                netns.indexOf('/') >= 0 ? NetworkNamespace.at(Path.of(netns)) : NetworkNamespace.named(netns)));
    }

    /** Nobody's programs, which run there. */
    public Programs programs() {
        return new Programs("", builder -> call(builder::start));
    }

    /**
     * Does something there; sockets that it opens and processes that it starts stay there.
     *
     * @throws KernelException when the namespace can't be entered
     */
    public <T, E extends Exception> T call(NetworkNamespace.Task<T, E> task) throws KernelException, E {
        if (namespace.isEmpty()) {
            return task.call();
        }
        return namespace.get().call(task);
    }

    @Override
    public String toString() {
        return namespace.map(Object::toString).orElse("the caller's");
    }
}
