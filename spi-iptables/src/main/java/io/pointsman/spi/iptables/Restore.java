package io.pointsman.spi.iptables;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Input of one {@code iptables-restore --noflush}: changed chains and changed hooks of both tables. Not thread-safe. */
final class Restore {
    private final Map<Table, Map<String, @Nullable String>> chains = new EnumMap<>(Table.class);
    private final Map<Table, List<String>> hookCommands = new EnumMap<>(Table.class);

    /** Chains to write, null for one to delete. */
    Restore chains(Table table, Map<String, @Nullable String> changes) {
        if (!changes.isEmpty()) {
            chains.put(table, changes);
        }
        return this;
    }

    /** Puts a hook at its end of the built-in chain. */
    Restore insert(Table table, Table.Hook hook) {
        return command(
                table,
                switch (hook.end()) {
                    case HEAD -> "-I " + hook.builtIn() + " 1 " + hook.rule();
                    case TAIL -> "-A " + hook.builtIn() + " " + hook.rule();
                });
    }

    /** Removes a rule of a built-in chain, spelled as iptables-save spelled it. */
    Restore delete(Table table, String builtIn, String rule) {
        return command(table, "-D " + builtIn + " " + rule);
    }

    private Restore command(Table table, String command) {
        hookCommands.computeIfAbsent(table, _ -> new ArrayList<>()).add(command);
        return this;
    }

    boolean isEmpty() {
        return chains.isEmpty() && hookCommands.isEmpty();
    }

    /** Chains and hook commands in it. */
    int size() {
        return chains.values().stream().mapToInt(Map::size).sum()
                + hookCommands.values().stream().mapToInt(List::size).sum();
    }

    /** Tables in it; each is a transaction. */
    int tables() {
        final EnumSet<Table> tables = EnumSet.noneOf(Table.class);
        tables.addAll(chains.keySet());
        tables.addAll(hookCommands.keySet());
        return tables.size();
    }

    /**
     * The text. Filter comes first: a service port that loses its last endpoint then never leaks out untranslated.
     *
     * <p>A declaration empties a chain that exists. Chains go after whatever named them was written anew.
     */
    String text() {
        final StringBuilder text = new StringBuilder(4096);
        for (Table table : Table.values()) {
            final Map<String, @Nullable String> changes = chains.getOrDefault(table, Map.of());
            final List<String> commands = hookCommands.getOrDefault(table, List.of());
            if (changes.isEmpty() && commands.isEmpty()) {
                continue;
            }
            text.append('*').append(table.word()).append('\n');
            // iptables-nft keeps them in order by looking for each one's place from the front
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
