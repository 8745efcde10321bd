package io.pointsman.agent.look;

import io.pointsman.nat.Explanation;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Capabilities;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Notes on an explanation: how a mode or a running agent may differ from the engine's decision. */
public final class ExplanationNotes {
    private ExplanationNotes() {}

    /**
     * Returns a sentence for each difference.
     *
     * @param capabilities of the mode; empty if unknown
     */
    public static List<String> of(String mode, Optional<Capabilities> capabilities, Explanation explanation) {
        final List<String> notes = new ArrayList<>();
        capabilities.ifPresent(can -> {
            if (!can.protocols().contains(explanation.request().protocol())) {
                notes.add("mode " + mode + " does not forward "
                        + explanation.request().protocol());
            }
            final boolean keeps = explanation.targets().stream().anyMatch(target -> !target.masquerade());
            if (explanation.verdict() == Verdict.FORWARD && keeps && !can.has(Capabilities.Feature.KEEPS_SOURCE)) {
                notes.add("mode " + mode + " can't keep a source: the endpoint sees an address of the node");
            }
        });
        final boolean isOpen = explanation.candidates().size() > 1;
        if (isOpen && explanation.rule().filter(ExplanationNotes::remembers).isPresent()) {
            notes.add("a running agent has its own flows, round-robin position, client bindings and hash key, so it"
                    + " may choose another of the endpoints");
        }
        return notes;
    }

    private static boolean remembers(Rule rule) {
        return rule.affinity().isPresent()
                || (rule.balancing() != Balancing.RANDOM && rule.balancing() != Balancing.WEIGHTED);
    }
}
