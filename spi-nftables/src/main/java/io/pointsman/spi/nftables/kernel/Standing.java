package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.nftables.Element;
import io.pointsman.linux.nftables.NamedSet;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.plan.Rule;
import io.pointsman.spi.nftables.render.Entry;
import io.pointsman.spi.nftables.render.Place;
import io.pointsman.spi.nftables.render.RenderedRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares a table with a plan, element by element: which rules it already has, and what else. First {@link #expect} the
 * rules, then {@link #read} the sets, then {@link #settle}. Used once.
 */
final class Standing {
    private final List<Expected> rules = new ArrayList<>();
    private final Map<String, List<Element>> wanted = new HashMap<>();
    private final Set<Entry> shared = new LinkedHashSet<>();
    /** Wanted entries that are absent or differ. */
    private final Set<Entry> missing = new HashSet<>();
    /** Present entries that belong to no complete rule. */
    private final Map<Place, Entry> others = new HashMap<>();

    private record Expected(Rule rule, RenderedRule rendered) {}

    void expect(Rule rule, RenderedRule rendered) {
        rules.add(new Expected(rule, rendered));
        rendered.own().forEach(this::want);
        rendered.shared().forEach(entry -> {
            if (shared.add(entry)) {
                want(entry);
            }
        });
    }

    private void want(Entry entry) {
        wanted.computeIfAbsent(entry.set(), _ -> new ArrayList<>()).add(entry.element());
    }

    void read(NfTables kernel, TableId table, NamedSet set) throws IOException {
        final NfTables.Comparison found = kernel.compare(table, set, wanted.getOrDefault(set.name(), List.of()));
        found.missing().forEach(element -> missing.add(new Entry(set.name(), element)));
        found.others().forEach(element -> note(new Entry(set.name(), element)));
    }

    private void note(Entry entry) {
        others.put(entry.place(), entry);
    }

    /**
     * Makes the table adopt each rule whose elements are all present, whatever its chains contain; returns the other rules,
     * in order.
     */
    List<Rule> settle(TableState table) {
        final List<Expected> rest = new ArrayList<>();
        for (Expected each : rules) {
            if (stands(each.rendered())) {
                table.adopt(each.rule(), each.rendered());
            } else {
                rest.add(each);
            }
        }
        for (Expected each : rest) {
            each.rendered().own().forEach(entry -> {
                if (!missing.contains(entry)) {
                    note(entry);
                }
            });
            each.rendered().shared().forEach(entry -> {
                if (!missing.contains(entry) && !table.shared().contains(entry)) {
                    note(entry);
                }
            });
        }
        return rest.stream().map(Expected::rule).toList();
    }

    private boolean stands(RenderedRule rendered) {
        if (missing.isEmpty()) {
            return true;
        }
        for (Entry entry : rendered.own()) {
            if (missing.contains(entry)) {
                return false;
            }
        }
        for (Entry entry : rendered.shared()) {
            if (missing.contains(entry)) {
                return false;
            }
        }
        return true;
    }

    /** Present entries that belong to no adopted rule; complete after {@link #settle}. */
    Map<Place, Entry> others() {
        return others;
    }
}
