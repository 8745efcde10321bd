package io.pointsman.linux.iptables;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The chains of one table in one family: as they should be, and as they were last written. A chain's text is in the form of
 * {@link SavedTable#chains}. Not thread-safe.
 */
public final class ChainTexts {
    private final Map<String, String> desired = new HashMap<>();
    private final Map<String, String> written = new HashMap<>();
    private final Set<String> touched = new HashSet<>();
    private int rules; // in written

    public ChainTexts() {}

    /** Has the chain be so. */
    public void put(String name, String text) {
        desired.put(name, text);
        touched.add(name);
    }

    /** Has it be gone. */
    public void remove(String name) {
        desired.remove(name);
        touched.add(name);
    }

    /** What has to be written: text by name in order, null for a chain that has to go. */
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

    /** All {@link #changes} are in the kernel now. */
    public void committed() {
        for (String name : touched) {
            final String want = desired.get(name);
            final String before = want == null ? written.remove(name) : written.put(name, want);
            rules += rules(want) - rules(before);
        }
        touched.clear();
    }

    /** What the kernel has, as read from it. */
    public void found(Map<String, String> chains) {
        written.clear();
        written.putAll(chains);
        rules = written.values().stream().mapToInt(ChainTexts::rules).sum();
        touched.addAll(written.keySet());
        touched.addAll(desired.keySet());
    }

    /** Rules in the chains as last written. */
    public int rules() {
        return rules;
    }

    /** Rules in the text of a chain, of which each is a line; none in one that is gone. */
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

    /** Chains as last written. */
    public Map<String, String> written() {
        return written;
    }
}
