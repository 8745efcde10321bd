package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.ConfigException;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.ModeSemantics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Plays conformance cases of every kind but health against the catalog and the resolver: objects are read in Kubernetes'
 * form, and {@link PlanOracle} derives a packet's outcome from the plan.
 */
public final class ConformancePlayer {
    private static final Set<String> CASE_FIELDS = Set.of(
            "name",
            "title",
            "origin",
            "evidence",
            "notes",
            "variant",
            "node",
            "service",
            "services",
            "endpointSlices",
            "featureGates",
            "packets",
            "expect",
            "expectNode",
            "steps");

    private ConformancePlayer() {}

    /** Plays a file with {@link PlanOracle} as the decider for packets. */
    public static List<ConformanceResult> play(ConformanceCase file) {
        return play(file, plan -> new PlanOracle(plan)::decide);
    }

    /**
     * Plays a file in every mode that it applies to. A scenario that can't be played is a failure with the reason.
     *
     * @param deciders creates a packet decider for the plan in force
     */
    public static List<ConformanceResult> play(ConformanceCase file, Function<ForwardingPlan, PacketDecider> deciders) {
        final List<ConformanceResult> results = new ArrayList<>();
        for (ModeSemantics mode : file.variant().modes()) {
            final String modeName = mode.equals(ModeSemantics.IPTABLES) ? "iptables" : "nftables";
            if (!file.json().has("cases") || hasProbesOfItsOwn(file.json())) {
                play(file, file.json(), List.of(file.id(), modeName), mode, deciders, results);
            }
            for (JsonNode json : Json.items(file.json().path("cases"))) {
                Json.allowOnly(json, "case " + json.path("name"), CASE_FIELDS);
                if (Json.choice(Variant.class, Json.text(json, "variant", "any"))
                        .holdsIn(mode)) {
                    play(file, json, List.of(file.id(), modeName, Json.text(json, "name")), mode, deciders, results);
                }
            }
        }
        if (results.isEmpty()) {
            throw new IllegalArgumentException(file.id() + " has nothing to check");
        }
        return results;
    }

    private static boolean hasProbesOfItsOwn(JsonNode json) {
        return json.has("packets") || json.has("expect") || json.has("expectNode") || json.has("steps");
    }

    private static void play(
            ConformanceCase file,
            JsonNode json,
            List<String> path,
            ModeSemantics mode,
            Function<ForwardingPlan, PacketDecider> deciders,
            List<ConformanceResult> results) {
        try {
            new Scenario(file, json, mode, deciders).play((step, checks) -> {
                for (Check check : checks) {
                    final List<String> full = new ArrayList<>(path);
                    if (!step.isEmpty()) {
                        full.add(step);
                    }
                    full.add(check.name());
                    results.add(new ConformanceResult(full, mode, check.failure()));
                }
            });
        } catch (ConfigException | IllegalArgumentException e) {
            results.add(new ConformanceResult(path, mode, Optional.of("can't be played: " + e.getMessage())));
        }
    }
}
