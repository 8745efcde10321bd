package io.pointsman.agent.doctor;

import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.agent.backend.BackendSelector;
import io.pointsman.agent.backend.BackendSelector.Candidate;
import io.pointsman.agent.config.AgentConfig;
import java.util.List;

/** Rows for each backend's probe, as {@code pointsman backends} shows it. */
final class BackendRows {
    private final String mode;

    BackendRows(String mode) {
        this.mode = mode;
    }

    void look(Rows rows) {
        final BackendSelector selector = new BackendSelector(BackendCatalog.load());
        final List<Candidate> candidates = selector.candidates();
        for (Candidate candidate : candidates) {
            final String name = candidate.provider().name();
            final String reason = candidate.availability().reason();
            if (candidate.availability().isAvailable()) {
                rows.fine(name, "can run: " + reason);
            } else if (name.equals(mode)) {
                rows.toDo(name, "can't run: " + reason, "fix that, or give another --mode");
            } else {
                rows.note(name, "can't run: " + reason, "nothing to do, unless this mode is wanted");
            }
        }
        selector.failures().forEach(failure -> rows.toDo("not loaded", failure, "remove its jar, or fix it"));
        if (!mode.equals(AgentConfig.AUTO)
                && candidates.stream()
                        .noneMatch(candidate -> candidate.provider().name().equals(mode))) {
            rows.toDo(mode, "no backend has this name", "./pointsman backends lists the available ones");
        }
    }
}
