package io.pointsman.linux.iptables;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Input of one {@code iptables-restore --noflush}: changed chains and changed hooks of some tables. Not thread-safe. */
public final class Restore {
    private final List<String> order;
    private final Map<String, Map<String, @Nullable String>> chains = new HashMap<>();
    private final Map<String, List<String>> hookCommands = new HashMap<>();

    /**
     * Creates an empty input.
     *
     * @param tables names of all tables that it may have, in the order in which they are to change
     */
    public Restore(List<String> tables) {
        this.order = List.copyOf(tables);
    }

    /** Sets the chains to write, in the form of {@link SavedTable#chains}; null for one to delete. */
    public Restore chains(String table, Map<String, @Nullable String> changes) {
        if (!changes.isEmpty()) {
            chains.put(table, changes);
        }
        return this;
    }

    /** Inserts missing hooks into the built-in chains, and deletes all other rules there that jump to our chains. */
    public Restore hooks(String table, SavedTable.Difference difference) {
        difference.missing().forEach(hook -> insert(table, hook));
        difference.surplus().forEach(rule -> delete(table, rule.builtIn(), rule.rule()));
        return this;
    }

    /** Inserts a hook at its end of the built-in chain. */
    public Restore insert(String table, Hook hook) {
        return command(
                table,
                switch (hook.end()) {
                    case HEAD -> "-I " + hook.builtIn() + " 1 " + hook.rule();
                    case TAIL -> "-A " + hook.builtIn() + " " + hook.rule();
                });
    }

    /** Deletes a rule of a built-in chain, given as iptables-save printed it. */
    public Restore delete(String table, String builtIn, String rule) {
        return command(table, "-D " + builtIn + " " + rule);
    }

    private Restore command(String table, String command) {
        hookCommands.computeIfAbsent(table, _ -> new ArrayList<>()).add(command);
        return this;
    }

    public boolean isEmpty() {
        return chains.isEmpty() && hookCommands.isEmpty();
    }

    /** Returns the number of chains and hook commands. */
    public int size() {
        return chains.values().stream().mapToInt(Map::size).sum()
                + hookCommands.values().stream().mapToInt(List::size).sum();
    }

    /** Returns the number of tables; each is a transaction. */
    public int tables() {
        final Set<String> tables = new HashSet<>(chains.keySet());
        tables.addAll(hookCommands.keySet());
        return tables.size();
    }

    /**
     * Returns the text. A declaration empties a chain that exists. Chains are deleted after the rules that jumped to them
     * were rewritten.
     */
    public String text() {
        final StringBuilder text = new StringBuilder(4096);
        for (String table : order) {
            final Map<String, @Nullable String> changes = chains.getOrDefault(table, Map.of());
            final List<String> commands = hookCommands.getOrDefault(table, List.of());
            if (changes.isEmpty() && commands.isEmpty()) {
                continue;
            }
            text.append('*').append(table).append('\n');
            // In descending order: iptables-nft keeps chains sorted by searching the place of each from the front.
            new TreeMap<>(changes)
                    .descendingKeySet()
                    .forEach(name -> text.append(':').append(name).append(" - [0:0]\n"));
            changes.forEach((name, rules) -> {
                if (rules != null) {
                    append(text, name, rules);
                }
            });
            commands.forEach(command -> text.append(command).append('\n'));
            changes.forEach((name, rules) -> {
                if (rules == null) {
                    text.append("-X ").append(name).append('\n');
                }
            });
            text.append("COMMIT\n");
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String name, String rules) {
        int start = 0;
        while (start < rules.length()) {
            final int end = rules.indexOf('\n', start) + 1;
            text.append("-A ").append(name).append(' ').append(rules, start, end);
            start = end;
        }
    }
}
