package io.pointsman.spi.iptables.render;

import io.pointsman.linux.iptables.Hook;
import io.pointsman.linux.iptables.RuleLayout;
import io.pointsman.linux.iptables.SavedTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tables that our rules go into. */
public enum Table {
    FILTER,
    NAT;

    /**
     * Layout of our tables, with the jumps into our chains. Filter comes first, so that packets to a port that loses its
     * last endpoint never leave untranslated.
     */
    public static final RuleLayout LAYOUT = new RuleLayout(Names.PREFIX, hooksByTable());

    private static Map<String, List<Hook>> hooksByTable() {
        final Map<String, List<Hook>> hooks = new LinkedHashMap<>();
        hooks.put(
                FILTER.word(),
                List.of(
                        new Hook("INPUT", Names.INPUT),
                        new Hook("FORWARD", Names.FORWARD),
                        new Hook("FORWARD", Names.TRANSLATED, Hook.End.TAIL),
                        new Hook("OUTPUT", Names.OUTPUT)));
        hooks.put(
                NAT.word(),
                List.of(
                        new Hook("PREROUTING", Names.SERVICES),
                        new Hook("OUTPUT", Names.SERVICES),
                        new Hook("POSTROUTING", Names.POSTROUTING)));
        return hooks;
    }

    /** Returns this table from saved ones. */
    public SavedTable in(Map<String, SavedTable> saved) {
        return LAYOUT.in(saved, word());
    }

    /** Names of all tables, in the order in which they are written. */
    public static List<String> words() {
        return LAYOUT.tables();
    }

    /** Name as {@code -t} takes it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
