package io.pointsman.spi.iptables;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Compares the jumps from built-in chains to ours with those that should be there. */
final class Hooks {
    private Hooks() {}

    /** A rule of a built-in chain. */
    record BuiltInRule(String builtIn, String rule) {}

    /** What to insert and what to delete. */
    record Difference(List<Table.Hook> missing, List<BuiltInRule> surplus) {}

    /** Each hook is to be there once, wherever in its chain: fighting with others over the first place helps nobody. */
    static Difference compare(Table table, SavedTable saved) {
        final List<BuiltInRule> surplus = new ArrayList<>(leadingToOurs(saved).toList());
        final List<Table.Hook> missing = new ArrayList<>();
        for (Table.Hook hook : table.hooks()) {
            if (!surplus.remove(new BuiltInRule(hook.builtIn(), hook.rule()))) {
                missing.add(hook);
            }
        }
        return new Difference(missing, surplus);
    }

    static Stream<BuiltInRule> leadingToOurs(SavedTable saved) {
        return saved.builtIn().entrySet().stream().flatMap(chain -> chain.getValue().stream()
                .filter(SavedTable::jumpsToOurs)
                .map(rule -> new BuiltInRule(chain.getKey(), rule)));
    }
}
