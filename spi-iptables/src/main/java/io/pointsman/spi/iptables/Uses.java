package io.pointsman.spi.iptables;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Counts how many use a shared thing. */
final class Uses {
    private Uses() {}

    /** One user goes from {@code before} to {@code after}; {@code changed} hears of each thing that came or went. */
    static <T> void change(Map<T, Integer> uses, Set<T> before, Set<T> after, Consumer<T> changed) {
        for (T each : after) {
            if (!before.contains(each) && uses.merge(each, 1, Integer::sum) == 1) {
                changed.accept(each);
            }
        }
        for (T each : before) {
            if (after.contains(each)) {
                continue;
            }
            final int left = uses.getOrDefault(each, 1) - 1;
            if (left == 0) {
                uses.remove(each);
                changed.accept(each);
            } else {
                uses.put(each, left);
            }
        }
    }
}
