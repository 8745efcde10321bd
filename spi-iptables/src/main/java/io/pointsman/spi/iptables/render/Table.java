package io.pointsman.spi.iptables.render;

import io.pointsman.linux.iptables.Hook;
import io.pointsman.linux.iptables.Restore;
import io.pointsman.linux.iptables.SavedTable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The tables that rules go into. */
public enum Table {
    FILTER,
    NAT;

    private static final List<Hook> FILTER_HOOKS = List.of(
            new Hook("INPUT", Names.INPUT),
            new Hook("FORWARD", Names.FORWARD),
            new Hook("FORWARD", Names.TRANSLATED, Hook.End.TAIL),
            new Hook("OUTPUT", Names.OUTPUT));
    private static final List<Hook> NAT_HOOKS = List.of(
            new Hook("PREROUTING", Names.SERVICES),
            new Hook("OUTPUT", Names.SERVICES),
            new Hook("POSTROUTING", Names.POSTROUTING));

    /** What leads to our chains. */
    public List<Hook> hooks() {
        return switch (this) {
            case FILTER -> FILTER_HOOKS;
            case NAT -> NAT_HOOKS;
        };
    }

    /** The input for all of them. Filter comes first: a port that loses its last endpoint then never leaks out untranslated. */
    public static Restore restore() {
        return new Restore(words());
    }

    /** It among saved ones. */
    public SavedTable in(Map<String, SavedTable> saved) {
        return saved.getOrDefault(word(), SavedTable.empty(Names.PREFIX));
    }

    /** The names of all, in the order in which they are written. */
    public static List<String> words() {
        return Arrays.stream(values()).map(Table::word).toList();
    }

    /** As {@code -t} takes it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
