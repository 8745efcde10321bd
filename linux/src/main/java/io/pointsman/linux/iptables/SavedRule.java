package io.pointsman.linux.iptables;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Parser of rules as iptables-save prints them. Words with anything but letters, digits, dash and underscore are in double
 * quotes there, in which a backslash quotes the next character (xtables_save_string in iptables' libxtables/xtables.c).
 */
public final class SavedRule {
    /** Options whose argument is free text, and may look like an option. */
    private static final Set<String> TAKE_TEXT = Set.of(
            "--comment",
            "--log-prefix",
            "--nflog-prefix",
            "--ulog-prefix",
            "--string",
            "--hex-string",
            "--name",
            "--id");

    private SavedRule() {}

    /**
     * Returns the chain or target of a rule; empty for one that only counts.
     *
     * @param rule with or without {@code -A CHAIN} in front
     */
    public static Optional<String> target(String rule) {
        boolean isText = false;
        final List<Word> words = words(rule);
        for (int i = 0; i + 1 < words.size(); i++) {
            final Word word = words.get(i);
            if (!isText
                    && !word.isQuoted()
                    && (word.text().equals("-j") || word.text().equals("-g"))) {
                return Optional.of(words.get(i + 1).text());
            }
            isText = !isText && !word.isQuoted() && TAKE_TEXT.contains(word.text());
        }
        return Optional.empty();
    }

    private record Word(String text, boolean isQuoted) {}

    private static List<Word> words(String rule) {
        final List<Word> words = new ArrayList<>();
        int at = 0;
        while (at < rule.length()) {
            if (rule.charAt(at) == ' ') {
                at++;
            } else if (rule.charAt(at) == '"') {
                final StringBuilder text = new StringBuilder();
                for (at++; at < rule.length() && rule.charAt(at) != '"'; at++) {
                    if (rule.charAt(at) == '\\' && at + 1 < rule.length()) {
                        at++;
                    }
                    text.append(rule.charAt(at));
                }
                at++;
                words.add(new Word(text.toString(), true));
            } else {
                final int blank = rule.indexOf(' ', at);
                final int end = blank < 0 ? rule.length() : blank;
                words.add(new Word(rule.substring(at, end), false));
                at = end;
            }
        }
        return words;
    }
}
