package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.spi.nftables.render.Entry;
import io.pointsman.spi.nftables.render.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Elements to delete and add in one transaction. Not thread-safe. */
final class ElementDelta {
    private final List<Entry> gone = new ArrayList<>();
    private final List<Entry> fresh = new ArrayList<>();
    private final Map<Place, Entry> removed = new LinkedHashMap<>();
    private final Map<Place, Entry> added = new LinkedHashMap<>();

    /** Adds an element that several rules may share; cancels an earlier removal of the same element. */
    void add(Entry entry) {
        final Place place = entry.place();
        final Entry before = removed.get(place);
        if (before != null && before.element().equals(entry.element())) {
            removed.remove(place);
        } else {
            added.put(place, entry);
        }
    }

    /** Removes an element that several rules may share; cancels an earlier addition of the same element. */
    void remove(Entry entry) {
        final Place place = entry.place();
        final Entry other = added.get(place);
        if (other != null && other.element().equals(entry.element())) {
            added.remove(place);
        } else {
            removed.put(place, entry);
        }
    }

    /** Replaces elements by others; neither side is named in a second call. */
    void replace(List<Entry> before, List<Entry> after) {
        if (before.isEmpty()) {
            fresh.addAll(after);
            return;
        }
        final Map<Place, Entry> old = new LinkedHashMap<>();
        before.forEach(entry -> old.put(entry.place(), entry));
        for (Entry entry : after) {
            final Entry there = old.remove(entry.place());
            if (there == null || !there.element().equals(entry.element())) {
                if (there != null) {
                    gone.add(there);
                }
                fresh.add(entry);
            }
        }
        gone.addAll(old.values());
    }

    int size() {
        return gone.size() + removed.size() + fresh.size() + added.size();
    }

    /** Writes the deletions, then the additions, each grouped by set. */
    void write(Transaction transaction, TableId table, Map<String, NamedSet> sets) {
        bySet(gone, removed.values())
                .forEach((set, elements) -> transaction.deleteElements(table, set(sets, set), elements));
        bySet(fresh, added.values())
                .forEach((set, elements) -> transaction.addElements(table, set(sets, set), elements));
    }

    private static NamedSet set(Map<String, NamedSet> sets, String name) {
        final NamedSet set = sets.get(name);
        if (set == null) {
            throw new IllegalStateException("the layout has no set " + name);
        }
        return set;
    }

    private static Map<String, List<Element>> bySet(Collection<Entry> some, Collection<Entry> others) {
        final Map<String, List<Element>> bySet = new LinkedHashMap<>();
        for (Collection<Entry> entries : List.of(some, others)) {
            for (Entry entry : entries) {
                bySet.computeIfAbsent(entry.set(), _ -> new ArrayList<>()).add(entry.element());
            }
        }
        return bySet;
    }
}
