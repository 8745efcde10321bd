package io.pointsman.spi.iptables;

import io.pointsman.linux.iptables.SavedRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One table as iptables-save printed it, split into our chains and what is of interest in others.
 *
 * @param chains text of our chains by name, in the form of {@link ChainSink}
 * @param builtIn rules of built-in chains by name, without {@code -A name}
 * @param foreignChains chains that are neither built in nor ours
 */
record SavedTable(Map<String, String> chains, Map<String, List<String>> builtIn, List<String> foreignChains) {
    static final SavedTable EMPTY = new SavedTable(Map.of(), Map.of(), List.of());

    /** Reads the output of iptables-save, by table's word. */
    static Map<String, SavedTable> parse(String text) {
        final Map<String, SavedTable> tables = new HashMap<>();
        Reader reader = new Reader();
        for (String line : (Iterable<String>) text.lines()::iterator) {
            if (line.startsWith("*")) {
                reader = new Reader();
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

    /** Whether a built-in chain holds a rule that does not lead to our chains. */
    boolean hasForeignRule(String builtInChain) {
        return builtIn.getOrDefault(builtInChain, List.of()).stream().anyMatch(rule -> !jumpsToOurs(rule));
    }

    static boolean jumpsToOurs(String rule) {
        return SavedRule.target(rule).filter(Names::isOurs).isPresent();
    }

    private static final class Reader {
        final SavedTable table = new SavedTable(new HashMap<>(), new HashMap<>(), new ArrayList<>());
        private final Map<String, StringBuilder> texts = new HashMap<>();

        /** {@code :NAME policy [packets:bytes]}; user-defined chains have the policy "-". */
        void chain(String line) {
            final int blank = line.indexOf(' ');
            final String name = line.substring(1, blank);
            if (line.charAt(blank + 1) != '-') {
                table.builtIn.put(name, new ArrayList<>());
            } else if (Names.isOurs(name)) {
                texts.put(name, new StringBuilder());
            } else {
                table.foreignChains.add(name);
            }
        }

        /** {@code -A NAME rule}. */
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
