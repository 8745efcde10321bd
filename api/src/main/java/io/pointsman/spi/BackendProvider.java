package io.pointsman.spi;

import io.pointsman.plan.ModeSemantics;

/**
 * Provider of one kind of data plane, found by {@link java.util.ServiceLoader}. Its constructor does no I/O, so loading it
 * is cheap. Any thread may call it.
 */
public interface BackendProvider {
    /** Returns the unique name that users write, {@code [a-z][a-z0-9-]*}: config value, metric label, log field. */
    String name();

    /**
     * Returns the priority: {@code auto} takes the highest available. Kernel data planes 100 or more; userspace below 100.
     */
    int priority();

    /** Returns whether it can run here. Never throws, changes nothing, takes well under a second. */
    Availability probe();

    /** Returns what it can do on this host, with the privileges of this process. */
    Capabilities capabilities();

    /** Returns which of kube-proxy's modes it behaves like, where these differ. */
    ModeSemantics semantics();

    /**
     * Opens a backend for its first plan. State that an earlier run left in place keeps working.
     *
     * @throws BackendException if it can't; nothing is left behind
     */
    Backend open(BackendConfig config) throws BackendException;

    /**
     * Removes what backends of this kind left on this node, as {@link Backend#cleanup} does, while none runs and without a
     * plan or an agent. It should work even if {@link #probe} says that no backend can run, as the reason may be newer than
     * the state to remove. The default opens a backend; override it if opening one changes anything.
     *
     * @throws BackendException if not everything could be removed; what the message names is still there
     */
    default CleanupReport cleanup(BackendConfig config, boolean dryRun) throws BackendException {
        try (Backend backend = open(config)) {
            return backend.cleanup(dryRun);
        }
    }
}
