package io.pointsman.agent.kubeproxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A table as iptables-save prints it.
 *
 * @param builtIn names of the built-in chains
 * @param chains rules of every chain by its name, each without {@code -A NAME}
 */
record SavedRules(Set<String> builtIn, Map<String, List<String>> chains) {
    /** Parses all tables of an output, by name. */
    static Map<String, SavedRules> parse(String text) {
        final Map<String, SavedRules> tables = new LinkedHashMap<>();
        SavedRules table = new SavedRules(new TreeSet<>(), new TreeMap<>());
        for (String line : (Iterable<String>) text.lines()::iterator) {
            if (line.startsWith("*")) {
                table = new SavedRules(new TreeSet<>(), new TreeMap<>());
                tables.put(line.substring(1), table);
            } else if (line.startsWith(":")) {
                final int blank = line.indexOf(' ');
                table.chains.put(line.substring(1, blank), new ArrayList<>());
                if (line.charAt(blank + 1) != '-') { // a user-defined chain has this as its policy
                    table.builtIn.add(line.substring(1, blank));
                }
            } else if (line.startsWith("-A ")) {
                final int blank = line.indexOf(' ', 3);
                final String chain = blank < 0 ? line.substring(3) : line.substring(3, blank);
                table.chains
                        .computeIfAbsent(chain, _ -> new ArrayList<>())
                        .add(blank < 0 ? "" : line.substring(blank + 1));
            }
        }
        return tables;
    }
}
