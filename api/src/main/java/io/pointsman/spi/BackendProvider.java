package io.pointsman.spi;

import io.pointsman.plan.ModeSemantics;

/**
 * One kind of data plane, found by {@link java.util.ServiceLoader}. Its constructor does no I/O: being found is free.
 * Any thread may call it.
 */
public interface BackendProvider {
    /** The word users write, {@code [a-z][a-z0-9-]*}: config value, metric label, log field. Unique. */
    String name();

    /** {@code auto} takes the available provider with the highest. 100 and more: kernel data planes; below: userspace. */
    int priority();

    /** Whether it can run here. Never throws, changes nothing, takes well under a second. */
    Availability probe();

    /** What it can do on this host, with the privileges of this process. */
    Capabilities capabilities();

    /** Which of the answers that differ between kube-proxy's modes this backend gives. */
    ModeSemantics semantics();

    /**
     * Makes a backend ready for its first plan. What an earlier run left in place keeps working.
     *
     * @throws BackendException when it can't, leaving nothing behind
     */
    Backend open(BackendConfig config) throws BackendException;

    /**
     * Removes what backends of this kind left on this node, as {@link Backend#cleanup} does, while none is at work: no plan,
     * no agent. It should work where {@link #probe} says that no backend can run, for what makes it say so may have come
     * after what is to be removed. Opening one must change nothing, else a provider cleans up without.
     *
     * @throws BackendException when not everything could be removed; what it says it could not is still there
     */
    default CleanupReport cleanup(BackendConfig config, boolean dryRun) throws BackendException {
        try (Backend backend = open(config)) {
            return backend.cleanup(dryRun);
        }
    }
}
