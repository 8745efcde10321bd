package io.pointsman.nat.explain;

import io.pointsman.nat.Explanation.Kind;
import io.pointsman.nat.Explanation.Step;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** Collects the steps of an explanation. Not thread-safe. */
final class StepList {
    private final List<Step> steps = new ArrayList<>();

    /**
     * Adds a step.
     *
     * @param details keys and values, alternating
     */
    void add(Kind kind, String words, Object... details) {
        final LinkedHashMap<String, String> byKey = new LinkedHashMap<>();
        for (int i = 0; i + 1 < details.length; i += 2) {
            byKey.put(details[i].toString(), details[i + 1].toString());
        }
        steps.add(new Step(kind, byKey, words));
    }

    List<Step> toList() {
        return List.copyOf(steps);
    }

    /** Joins values as {@code a, b, c}. */
    static String joined(Iterable<?> values) {
        final List<String> texts = new ArrayList<>();
        values.forEach(value -> texts.add(value.toString()));
        return String.join(", ", texts);
    }
}
