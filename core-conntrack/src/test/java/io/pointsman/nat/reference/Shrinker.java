package io.pointsman.nat.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Finds a short list that still fails, by leaving steps out greedily: big runs first, then one at a time. */
public final class Shrinker {
    private static final int MAX_ATTEMPTS = 5_000;

    private Shrinker() {}

    /**
     * A part of the steps that fails too.
     *
     * @param fails true for {@code steps} itself
     */
    public static <S> List<S> shrink(List<S> steps, Predicate<List<S>> fails) {
        List<S> best = List.copyOf(steps);
        int attempts = 0;
        for (int run = Math.max(1, best.size() / 2); run >= 1; run /= 2) {
            boolean helped = true;
            while (helped) {
                helped = false;
                for (int at = best.size() - run; at >= 0 && attempts < MAX_ATTEMPTS; at -= run) {
                    final List<S> candidate = new ArrayList<>(best.subList(0, at));
                    candidate.addAll(best.subList(Math.min(best.size(), at + run), best.size()));
                    attempts++;
                    if (fails.test(candidate)) {
                        best = List.copyOf(candidate);
                        helped = true;
                    }
                }
            }
        }
        return best;
    }
}
