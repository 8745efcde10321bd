package io.pointsman.linux.iptables;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netfilter.LegacyTable;
import io.pointsman.linux.netfilter.Ruleset;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.OptionalInt;

/** Numbers that change when the rules of one flavour change, in one network namespace. Any thread. */
public final class RuleStamps {
    private final Whereabouts place;
    private final Flavour flavour;
    private final List<String> tables;

    /**
     * Creates the numbers for some tables; nf_tables has one number for all.
     *
     * @param tables names
     */
    public RuleStamps(Whereabouts place, Flavour flavour, List<String> tables) {
        this.place = place;
        this.flavour = flavour;
        this.tables = List.copyOf(tables);
    }

    Flavour flavour() {
        return flavour;
    }

    boolean isOne(String table) {
        return tables.contains(table);
    }

    /** Returns the current number; empty if it can't be read. */
    public OptionalInt current(IpFamily family) {
        try {
            return OptionalInt.of(place.call(() -> switch (flavour) {
                case NFT -> generation();
                case LEGACY -> outline(family);
            }));
        } catch (KernelException _) {
            return OptionalInt.empty(); // then rules are read more often than they need be
        }
    }

    private static int generation() throws KernelException {
        try (Ruleset ruleset = Ruleset.open()) {
            return ruleset.generation();
        }
    }

    private int outline(IpFamily family) throws KernelException {
        int all = 0;
        for (String table : tables) {
            all = 31 * all + LegacyTable.outline(family, table);
        }
        return all;
    }

    /** Opens the events of nf_tables from now on; the caller closes it. */
    Ruleset listen() throws KernelException {
        return place.call(Ruleset::listen);
    }
}
