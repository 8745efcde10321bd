package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.plan.Frontend;
import io.pointsman.spi.nftables.render.Entry;
import io.pointsman.spi.nftables.render.Layout;
import io.pointsman.spi.nftables.render.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Elements that an earlier run left in the table and that no rule has claimed yet; empty except while a whole plan is
 * written. Not thread-safe.
 */
final class Leftovers {
    static final Leftovers NONE = new Leftovers(Map.of(), 0);

    private final Map<Place, Entry> entries;

    /** Source ranges among the elements, by the frontend that their keys begin with. */
    private final Map<Bytes, List<Entry>> ranges = new HashMap<>();

    /**
     * Creates a collection of leftovers.
     *
     * @param entries the elements read; claimed ones are removed from this map
     * @param addressBytes length in bytes of an address of the table's family
     */
    Leftovers(Map<Place, Entry> entries, int addressBytes) {
        this.entries = entries;
        for (Entry entry : entries.values()) {
            if (Layout.isOfRanges(entry.set())) {
                final Bytes key = entry.element().key();
                ranges.computeIfAbsent(key.slice(0, key.length() - addressBytes), _ -> new ArrayList<>())
                        .add(entry);
            }
        }
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Element at this place; null if there is none. */
    @Nullable
    Entry at(Place place) {
        return entries.get(place);
    }

    /** Source ranges of a frontend. Unwanted ones must go before wanted ones are added, because ranges must not overlap. */
    List<Entry> rangesOf(Frontend frontend) {
        return ranges.getOrDefault(Layout.key(frontend), List.of()).stream()
                .filter(range -> entries.containsKey(range.place()))
                .toList();
    }

    /** Records that rules own the elements at these places. */
    void claimed(Set<Place> places) {
        places.forEach(entries::remove);
    }

    Collection<Entry> all() {
        return entries.values();
    }

    /** Elements to delete, verdicts first; elements whose keys begin with a kept frontend are left out. */
    List<Entry> unclaimed(Set<Bytes> kept) {
        final List<Entry> unclaimed = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (kept.stream().noneMatch(key -> begins(entry.element().key(), key))) {
                if (entry.element().verdict().isPresent()) {
                    unclaimed.addFirst(entry);
                } else {
                    unclaimed.add(entry);
                }
            }
        }
        return unclaimed;
    }

    private static boolean begins(Bytes key, Bytes with) {
        return key.length() >= with.length() && key.slice(0, with.length()).equals(with);
    }
}
