package io.pointsman.spi.iptables;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The chains of one table in one family: as they should be, and as they were last written. Not thread-safe.
 */
final class TableState implements ChainSink {
    private final Map<String, String> desired = new HashMap<>();
    private final Map<String, String> written = new HashMap<>();
    private final Set<String> touched = new HashSet<>();

    @Override
    public void put(String name, String text) {
        desired.put(name, text);
        touched.add(name);
    }

    @Override
    public void remove(String name) {
        desired.remove(name);
        touched.add(name);
    }

    /** What has to be written: text by name in order, null for a chain that has to go. */
    Map<String, @Nullable String> changes() {
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
    void committed() {
        for (String name : touched) {
            final String want = desired.get(name);
            if (want == null) {
                written.remove(name);
            } else {
                written.put(name, want);
            }
        }
        touched.clear();
    }

    /** What the kernel has, as read from it. */
    void found(Map<String, String> chains) {
        written.clear();
        written.putAll(chains);
        touched.addAll(written.keySet());
        touched.addAll(desired.keySet());
    }

    /** Chains as last written. */
    Map<String, String> written() {
        return written;
    }
}
