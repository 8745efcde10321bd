package io.pointsman.agent.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the known word that a misspelt one most likely stands for. */
final class Nearest {
    /** Letters for each allowed mistake: a word that differs in more than a third of its letters is another word. */
    private static final int LETTERS_PER_SLIP = 3;

    private Nearest() {}

    /** Returns the closest known word, ignoring case; empty if none is close. */
    static Optional<String> to(String word, Collection<String> known) {
        final int limit = Math.max(1, word.length() / LETTERS_PER_SLIP);
        return known.stream()
                .filter(candidate -> distance(word, candidate) <= limit)
                .min(Comparator.comparingInt((String candidate) -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Returns the Levenshtein distance, ignoring case. */
    private static int distance(String one, String other) {
        final String from = one.toLowerCase(Locale.ROOT);
        final String to = other.toLowerCase(Locale.ROOT);
        int[] above = new int[to.length() + 1];
        for (int column = 0; column <= to.length(); column++) {
            above[column] = column;
        }
        for (int row = 1; row <= from.length(); row++) {
            final int[] current = new int[to.length() + 1];
            current[0] = row;
            for (int column = 1; column <= to.length(); column++) {
                final int change = from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1;
                current[column] =
                        Math.min(above[column - 1] + change, 1 + Math.min(above[column], current[column - 1]));
            }
            above = current;
        }
        return above[to.length()];
    }
}
