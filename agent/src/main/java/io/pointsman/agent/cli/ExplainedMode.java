package io.pointsman.agent.cli;

import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.agent.backend.BackendSelector;
import io.pointsman.agent.config.AgentConfig;
import io.pointsman.model.ConfigException;
import io.pointsman.model.IpFamily;
import io.pointsman.nat.Explanation;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.ModeSemantics;
import io.pointsman.plan.Rule;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The mode that is explained: a backend's, whether or not it can run here, or one of kube-proxy's by its answers alone.
 *
 * @param capabilities empty where no backend of that name is on the class path
 */
record ExplainedMode(String name, ModeSemantics semantics, Optional<Capabilities> capabilities) {
    /** @throws ConfigException for a name that nobody has */
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

    /** Where what the mode does differs from what the engine decides. */
    List<String> notes(Explanation explanation) {
        final List<String> notes = new ArrayList<>();
        capabilities.ifPresent(can -> {
            if (!can.protocols().contains(explanation.request().protocol())) {
                notes.add("mode " + name + " does not forward "
                        + explanation.request().protocol());
            }
            final boolean keeps = explanation.targets().stream().anyMatch(target -> !target.masquerade());
            if (explanation.verdict() == Verdict.FORWARD && keeps && !can.has(Capabilities.Feature.KEEPS_SOURCE)) {
                notes.add("mode " + name + " can't keep a source: the endpoint sees an address of the node");
            }
        });
        final boolean isOpen = explanation.candidates().size() > 1;
        if (isOpen && explanation.rule().filter(ExplainedMode::remembers).isPresent()) {
            notes.add("a running agent has flows, turns, bindings and a hash key of its own: there another of the"
                    + " endpoints may be chosen");
        }
        return notes;
    }

    private static boolean remembers(Rule rule) {
        return rule.affinity().isPresent()
                || (rule.balancing() != Balancing.RANDOM && rule.balancing() != Balancing.WEIGHTED);
    }
}
