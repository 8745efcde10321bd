package io.pointsman.agent.cli;

import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.agent.backend.BackendSelector;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.agent.look.ExplanationNotes;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpFamily;
import io.pointsman.nat.Explanation;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The mode to explain: a backend's, whether or not it can run here, or one of kube-proxy's, known only by its semantics.
 *
 * @param capabilities empty if no backend of that name is on the class path
 */
record ExplainedMode(String name, ModeSemantics semantics, Optional<Capabilities> capabilities) {
    /** @throws ConfigException if no mode has this name */
    static ExplainedMode of(String name, BackendCatalog catalog) throws ConfigException {
        if (name.equals(AgentConfig.AUTO)) {
            return of(new BackendSelector(catalog).select(name).chosen().provider());
        }
        for (BackendProvider provider : catalog.providers()) {
            if (provider.name().equals(name)) {
                return of(provider);
            }
        }
        return switch (name) {
            case "iptables" -> new ExplainedMode(name, ModeSemantics.IPTABLES, Optional.empty());
            case "nftables" -> new ExplainedMode(name, ModeSemantics.NFTABLES, Optional.empty());
            default ->
                throw new ConfigException("mode: there is no backend \"" + name + "\"; there are "
                        + catalog.providers().stream()
                                .map(BackendProvider::name)
                                .collect(Collectors.joining(", "))
                        + ", and to explain with, iptables and nftables");
        };
    }

    private static ExplainedMode of(BackendProvider provider) {
        return new ExplainedMode(provider.name(), provider.semantics(), Optional.of(provider.capabilities()));
    }

    Set<IpFamily> families() {
        return capabilities.map(Capabilities::families).orElse(EnumSet.allOf(IpFamily.class));
    }

    /** Returns how the mode's behaviour differs from the engine's decision. */
    List<String> notes(Explanation explanation) {
        return ExplanationNotes.of(name, capabilities, explanation);
    }
}
