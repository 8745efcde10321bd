package io.pointsman.agent.backend;

import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.log.Quoted;
import io.pointsman.model.ConfigException;
import io.pointsman.spi.Availability;
import io.pointsman.spi.BackendProvider;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Chooses the data plane: the one that the mode names, or the best whose probe passes. */
public final class BackendSelector {
    private final BackendCatalog catalog;

    public BackendSelector(BackendCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * A backend and whether it can run.
     *
     * @param availability result of its probe
     */
    public record Candidate(BackendProvider provider, Availability availability) {
        /** Describes the candidate as {@code userspace (priority 10): can run: …}. */
        @Override
        public String toString() {
            return provider.name() + " (priority " + provider.priority() + "): "
                    + (availability.isAvailable() ? "can run: " : "can't run: ") + availability.reason();
        }
    }

    /**
     * The chosen backend.
     *
     * @param why why it was chosen
     * @param others the backends not chosen, each with the reason
     */
    public record Choice(Candidate chosen, String why, List<String> others) {
        public Choice {
            others = List.copyOf(others);
        }
    }

    /** Probes every backend, best first. */
    public List<Candidate> candidates() {
        return catalog.providers().stream().map(BackendSelector::probe).toList();
    }

    private static Candidate probe(BackendProvider provider) {
        try {
            return new Candidate(provider, provider.probe());
        } catch (RuntimeException | LinkageError e) {
            return new Candidate(provider, new Availability.Unavailable("its probe failed: " + e));
        }
    }

    /**
     * Takes the named backend, or for {@code auto} the best that can run.
     *
     * @throws ConfigException if there is no such backend, it can't run, or two have the same name or, for
     *     {@code auto}, the same priority: the message lists every backend and why it can or can't run
     */
    public Choice select(String mode) throws ConfigException {
        refuseDuplicates();
        return mode.equals(AgentConfig.AUTO) ? best() : named(mode);
    }

    private void refuseDuplicates() throws ConfigException {
        final Set<String> names = new HashSet<>();
        for (BackendProvider provider : catalog.providers()) {
            if (!names.add(provider.name())) {
                throw new ConfigException("two backends are called \"" + provider.name() + "\": take one of "
                        + classesOf(provider.name()) + " off the class path");
            }
        }
    }

    private String classesOf(String name) {
        return String.join(
                ", ",
                catalog.providers().stream()
                        .filter(provider -> provider.name().equals(name))
                        .map(provider -> provider.getClass().getName())
                        .toList());
    }

    private Choice named(String mode) throws ConfigException {
        for (BackendProvider provider : catalog.providers()) {
            if (provider.name().equals(mode)) {
                final Candidate candidate = probe(provider);
                if (!candidate.availability().isAvailable()) {
                    throw new ConfigException("mode: \"" + mode + "\" can't run here: "
                            + candidate.availability().reason());
                }
                return new Choice(candidate, "mode names it", othersUnprobed(mode));
            }
        }
        throw new ConfigException("mode: no backend is called \"" + mode + "\"; give auto or one of:" + list());
    }

    /** Lists the other backends without probing them: a named mode does not need that, and probes take time. */
    private List<String> othersUnprobed(String mode) {
        return catalog.providers().stream()
                .filter(provider -> !provider.name().equals(mode))
                .map(provider -> provider.name() + ": mode names another")
                .toList();
    }

    private Choice best() throws ConfigException {
        final List<Candidate> candidates = candidates();
        final List<Candidate> able = candidates.stream()
                .filter(candidate -> candidate.availability().isAvailable())
                .toList();
        if (able.isEmpty()) {
            throw new ConfigException("mode: no backend can run here:" + list(candidates));
        }
        final Candidate first = able.getFirst();
        if (able.size() > 1
                && able.get(1).provider().priority() == first.provider().priority()) {
            throw new ConfigException(
                    "mode: auto can't choose between " + first.provider().name() + " and "
                            + able.get(1).provider().name() + ", both of priority "
                            + first.provider().priority() + "; name one of:" + list(candidates));
        }
        final List<String> others = new ArrayList<>();
        for (Candidate candidate : candidates) {
            if (!candidate.provider().name().equals(first.provider().name())) {
                others.add(
                        candidate.availability().isAvailable()
                                ? candidate.provider().name() + ": has a lower priority"
                                : candidate.toString());
            }
        }
        return new Choice(first, "the best that can run here", others);
    }

    private String list() {
        return list(candidates());
    }

    private String list(List<Candidate> candidates) {
        final StringBuilder lines = new StringBuilder();
        candidates.forEach(candidate -> lines.append("\n  ").append(Quoted.line(candidate.toString())));
        catalog.failures().forEach(failure -> lines.append("\n  not loaded: ").append(Quoted.line(failure)));
        return lines.isEmpty() ? "\n  none at all is on the class path" : lines.toString();
    }

    /** Returns one sentence for each provider that failed to load. */
    public List<String> failures() {
        return Collections.unmodifiableList(catalog.failures());
    }
}
