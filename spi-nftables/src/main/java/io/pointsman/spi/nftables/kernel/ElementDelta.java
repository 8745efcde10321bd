package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.spi.nftables.render.Entry;
import io.pointsman.spi.nftables.render.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Elements to be deleted and added in one transaction. What is added and deleted again comes to nothing. Not thread-safe. */
final class ElementDelta {
    private final Map<Place, Entry> removed = new LinkedHashMap<>();
    private final Map<Place, Entry> added = new LinkedHashMap<>();

    void add(Entry entry) {
        final Place place = entry.place();
        final Entry before = removed.get(place);
        if (before != null && before.element().equals(entry.element())) {
            removed.remove(place);
        } else {
            added.put(place, entry);
        }
    }

    void remove(Entry entry) {
        final Place place = entry.place();
        final Entry other = added.get(place);
        if (other != null && other.element().equals(entry.element())) {
            added.remove(place);
        } else {
            removed.put(place, entry);
        }
    }

    /** Replaces what is at some places by what shall be at others. */
    void replace(List<Entry> before, List<Entry> after) {
        final Map<Place, Entry> old = new LinkedHashMap<>();
        before.forEach(entry -> old.put(entry.place(), entry));
        for (Entry entry : after) {
            final Entry there = old.remove(entry.place());
            if (there == null || !there.element().equals(entry.element())) {
                if (there != null) {
                    remove(there);
                }
                add(entry);
            }
        }
        old.values().forEach(this::remove);
    }

    int size() {
        return removed.size() + added.size();
    }

    /** Deletes, then adds, each set's in a row and in the order of the first that came. */
    void write(Transaction transaction, TableId table, Map<String, NamedSet> sets) {
        bySet(removed).forEach((set, elements) -> transaction.deleteElements(table, set(sets, set), elements));
        bySet(added).forEach((set, elements) -> transaction.addElements(table, set(sets, set), elements));
    }

    private static NamedSet set(Map<String, NamedSet> sets, String name) {
        final NamedSet set = sets.get(name);
        if (set == null) {
            throw new IllegalStateException("the layout has no set " + name);
        }
        return set;
    }

    private static Map<String, List<Element>> bySet(Map<Place, Entry> entries) {
        final Map<String, List<Element>> bySet = new LinkedHashMap<>();
        entries.values().forEach(entry -> bySet.computeIfAbsent(entry.set(), _ -> new ArrayList<>())
                .add(entry.element()));
        return bySet;
    }
}
