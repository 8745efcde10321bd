package io.pointsman.linux.iptables;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Chains of a writer of rules, and the jumps to them.
 *
 * @param prefix of the names of its chains, which no other program uses
 * @param hooks jumps from built-in chains, by table; tables in the order in which they are to change
 */
public record RuleLayout(String prefix, Map<String, List<Hook>> hooks) {
    public RuleLayout {
        Objects.requireNonNull(prefix, "prefix");
        hooks = Collections.unmodifiableMap(new LinkedHashMap<>(hooks));
    }

    /** Returns the names of the tables. */
    public List<String> tables() {
        return List.copyOf(hooks.keySet());
    }

    /** Returns the jumps that one table should have. */
    public List<Hook> hooks(String table) {
        return hooks.getOrDefault(table, List.of());
    }

    /** Creates an empty input for all tables. */
    public Restore restore() {
        return new Restore(tables());
    }

    /** Returns a table among saved ones; an empty one if the table was never used. */
    public SavedTable in(Map<String, SavedTable> saved, String table) {
        return saved.getOrDefault(table, SavedTable.empty(prefix));
    }
}
