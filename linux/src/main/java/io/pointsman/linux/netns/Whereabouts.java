package io.pointsman.linux.netns;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.program.Programs;
import java.nio.file.Path;
import java.util.Optional;

/** The network namespace to work in: a given one, or the calling thread's. Any thread. */
public final class Whereabouts {
    private final Optional<NetworkNamespace> namespace;

    private Whereabouts(Optional<NetworkNamespace> namespace) {
        this.namespace = namespace;
    }

    /** Returns the calling thread's namespace. */
    public static Whereabouts here() {
        return new Whereabouts(Optional.empty());
    }

    /**
     * Returns the namespace with this name (of {@code ip netns}) or path; the calling thread's if the text is empty.
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

    /** Starter of programs that run in the namespace and belong to no owner. */
    public Programs programs() {
        return new Programs("", builder -> call(builder::start));
    }

    /**
     * Runs a task in the namespace; sockets that it opens and processes that it starts stay there.
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
