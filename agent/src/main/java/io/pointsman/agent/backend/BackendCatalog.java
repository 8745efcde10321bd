package io.pointsman.agent.backend;

import io.pointsman.spi.BackendProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * Backends found by {@code ServiceLoader}, best first, and those that could not be loaded.
 *
 * @param providers in order of falling priority, then of name
 * @param failures one sentence for each provider that failed to load
 */
public record BackendCatalog(List<BackendProvider> providers, List<String> failures) {
    /** Maximum number of providers, failing ones included; more means that the class path is broken. */
    private static final int MAX_PROVIDERS = 1000;

    public BackendCatalog {
        providers = providers.stream().sorted(BackendCatalog::compare).toList();
        failures = List.copyOf(failures);
    }

    private static int compare(BackendProvider a, BackendProvider b) {
        return a.priority() == b.priority()
                ? a.name().compareTo(b.name())
                : Integer.compare(b.priority(), a.priority());
    }

    /** Loads all backends on the class path. */
    public static BackendCatalog load() {
        return load(ServiceLoader.load(BackendProvider.class));
    }

    static BackendCatalog load(ServiceLoader<BackendProvider> loader) {
        final List<BackendProvider> providers = new ArrayList<>();
        final List<String> failures = new ArrayList<>();
        final Iterator<BackendProvider> found = loader.iterator();
        for (int i = 0; i < MAX_PROVIDERS; i++) {
            try {
                if (!found.hasNext()) {
                    break;
                }
                providers.add(found.next());
            } catch (ServiceConfigurationError | LinkageError e) {
                failures.add(reason(e));
            }
        }
        return new BackendCatalog(providers, failures);
    }

    private static String reason(Error e) {
        final Throwable cause = e.getCause();
        return cause == null ? e.toString() : e.getMessage() + ": " + cause;
    }
}
