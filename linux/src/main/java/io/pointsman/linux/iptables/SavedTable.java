package io.pointsman.linux.iptables;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A table as iptables-save printed it, split into our chains and the relevant parts of others. Ours are the chains whose
 * names begin with a prefix that no other program uses.
 *
 * @param prefix of our chains
 * @param chains text of our chains by name: rules without {@code -A name}, each ending in a line feed
 * @param builtIn rules of built-in chains by name, without {@code -A name}
 * @param foreignChains chains that are neither built in nor ours
 */
public record SavedTable(
        String prefix, Map<String, String> chains, Map<String, List<String>> builtIn, List<String> foreignChains) {
    public SavedTable {
        Objects.requireNonNull(prefix, "prefix");
        Objects.requireNonNull(chains, "chains");
        Objects.requireNonNull(builtIn, "builtIn");
        Objects.requireNonNull(foreignChains, "foreignChains");
    }

    /** A rule of a built-in chain. */
    public record BuiltInRule(String builtIn, String rule) {}

    /** Hooks to insert, and other rules that jump to our chains, to delete. */
    public record Difference(List<Hook> missing, List<BuiltInRule> surplus) {}

    /** Creates an empty table. */
    public static SavedTable empty(String prefix) {
        return new SavedTable(prefix, Map.of(), Map.of(), List.of());
    }

    /** Parses the output of iptables-save; returns tables by name. */
    public static Map<String, SavedTable> parse(String text, String prefix) {
        final Map<String, SavedTable> tables = new HashMap<>();
        Reader reader = new Reader(prefix);
        for (String line : (Iterable<String>) text.lines()::iterator) {
            if (line.startsWith("*")) {
                reader = new Reader(prefix);
                tables.put(line.substring(1), reader.table);
            } else if (line.startsWith(":")) {
                reader.chain(line);
            } else if (line.startsWith("-A ")) {
                reader.rule(line);
            } else if (line.equals("COMMIT")) {
                reader.finish();
            }
        }
        return tables;
    }

    /**
     * Compares the table with the hooks that it should have. Each should exist once, anywhere in its chain: to compete with
     * other programs for the first place would help no one.
     */
    public Difference compare(List<Hook> hooks) {
        final List<BuiltInRule> surplus = new ArrayList<>(leadingToOurs().toList());
        final List<Hook> missing = new ArrayList<>();
        for (Hook hook : hooks) {
            if (!surplus.remove(new BuiltInRule(hook.builtIn(), hook.rule()))) {
                missing.add(hook);
            }
        }
        return new Difference(missing, surplus);
    }

    /** Returns the rules of built-in chains that jump to our chains. */
    public Stream<BuiltInRule> leadingToOurs() {
        return builtIn.entrySet().stream().flatMap(chain -> chain.getValue().stream()
                .filter(this::jumpsToOurs)
                .map(rule -> new BuiltInRule(chain.getKey(), rule)));
    }

    /** Whether a built-in chain has a rule that does not jump to our chains. */
    public boolean hasForeignRule(String builtInChain) {
        return builtIn.getOrDefault(builtInChain, List.of()).stream().anyMatch(rule -> !jumpsToOurs(rule));
    }

    private boolean jumpsToOurs(String rule) {
        return SavedRule.target(rule).filter(chain -> chain.startsWith(prefix)).isPresent();
    }

    private static final class Reader {
        final SavedTable table;
        private final Map<String, StringBuilder> texts = new HashMap<>();

        Reader(String prefix) {
            this.table = new SavedTable(prefix, new HashMap<>(), new HashMap<>(), new ArrayList<>());
        }

        /** Reads a chain: {@code :NAME policy [packets:bytes]}; user-defined chains have the policy "-". */
        void chain(String line) {
            final int blank = line.indexOf(' ');
            final String name = line.substring(1, blank);
            if (line.charAt(blank + 1) != '-') {
                table.builtIn.put(name, new ArrayList<>());
            } else if (name.startsWith(table.prefix)) {
                texts.put(name, new StringBuilder());
            } else {
                table.foreignChains.add(name);
            }
        }

        /** Reads a rule: {@code -A NAME rule}. */
        void rule(String line) {
            final int blank = line.indexOf(' ', 3);
            final String name = blank < 0 ? line.substring(3) : line.substring(3, blank);
            final String rule = blank < 0 ? "" : line.substring(blank + 1);
            final StringBuilder ours = texts.get(name);
            final List<String> rules = table.builtIn.get(name);
            if (ours != null) {
                ours.append(rule).append('\n');
            } else if (rules != null) {
                rules.add(rule);
            }
        }

        void finish() {
            texts.forEach((name, text) -> table.chains.put(name, text.toString()));
        }
    }
}
