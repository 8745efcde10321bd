package io.pointsman.linux.iptables;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The chains of one table in one family: as they should be, and as they were last written. The text of a chain has the form
 * of {@link SavedTable#chains}. Not thread-safe.
 */
public final class ChainTexts {
    private final Map<String, String> desired = new HashMap<>();
    private final Map<String, String> written = new HashMap<>();
    private final Set<String> touched = new HashSet<>();
    private int rules; // in written

    public ChainTexts() {}

    /** Sets the wanted text of a chain. */
    public void put(String name, String text) {
        desired.put(name, text);
        touched.add(name);
    }

    /** Marks a chain for removal. */
    public void remove(String name) {
        desired.remove(name);
        touched.add(name);
    }

    /** Returns the changes to write: text by name in order, null for a chain to delete. */
    public Map<String, @Nullable String> changes() {
        final Map<String, @Nullable String> changes = new TreeMap<>();
        for (String name : touched) {
            final String want = desired.get(name);
            if (!Objects.equals(want, written.get(name))) {
                changes.put(name, want);
            }
        }
        return changes;
    }

    /** Records that the kernel now has all {@link #changes}. */
    public void committed() {
        for (String name : touched) {
            final String want = desired.get(name);
            final String before = want == null ? written.remove(name) : written.put(name, want);
            rules += rules(want) - rules(before);
        }
        touched.clear();
    }

    /** Replaces the last written chains by those read from the kernel. */
    public void found(Map<String, String> chains) {
        written.clear();
        written.putAll(chains);
        rules = written.values().stream().mapToInt(ChainTexts::rules).sum();
        touched.addAll(written.keySet());
        touched.addAll(desired.keySet());
    }

    /** Returns the number of rules in the chains as last written. */
    public int rules() {
        return rules;
    }

    /** Returns the number of rules in the text of a chain, one a line; 0 for null. */
    public static int rules(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        int lines = 0;
        for (int at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
            lines++;
        }
        return lines;
    }

    /** Returns the chains as last written. */
    public Map<String, String> written() {
        return written;
    }
}
