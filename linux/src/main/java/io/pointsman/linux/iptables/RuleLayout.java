package io.pointsman.linux.iptables;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Where a writer of rules has its chains, and what leads to them.
 *
 * @param prefix with which the names of its chains, and of nobody else's, begin
 * @param hooks jumps from built-in chains, by table; tables in the order in which they are to change
 */
public record RuleLayout(String prefix, Map<String, List<Hook>> hooks) {
    public RuleLayout {
        Objects.requireNonNull(prefix, "prefix");
        hooks = Collections.unmodifiableMap(new LinkedHashMap<>(hooks));
    }

    /** Names of the tables. */
    public List<String> tables() {
        return List.copyOf(hooks.keySet());
    }

    /** The jumps to be in one table. */
    public List<Hook> hooks(String table) {
        return hooks.getOrDefault(table, List.of());
    }

    /** An empty input for all tables. */
    public Restore restore() {
        return new Restore(tables());
    }

    /** A table among saved ones; an empty one where nobody has used it yet. */
    public SavedTable in(Map<String, SavedTable> saved, String table) {
        return saved.getOrDefault(table, SavedTable.empty(prefix));
    }
}
