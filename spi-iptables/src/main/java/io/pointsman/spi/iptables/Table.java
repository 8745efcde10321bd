package io.pointsman.spi.iptables;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The tables that rules go into. */
enum Table {
    FILTER,
    NAT;

    private static final List<Hook> FILTER_HOOKS = List.of(
            new Hook("INPUT", Names.INPUT), new Hook("FORWARD", Names.FORWARD), new Hook("OUTPUT", Names.OUTPUT));
    private static final List<Hook> NAT_HOOKS = List.of(
            new Hook("PREROUTING", Names.SERVICES),
            new Hook("OUTPUT", Names.SERVICES),
            new Hook("POSTROUTING", Names.POSTROUTING));

    /** A jump at the head of a built-in chain. */
    record Hook(String builtIn, String chain) {
        /** The rule, without the chain it is in. */
        String rule() {
            return "-j " + chain;
        }
    }

    /** What leads to our chains. */
    List<Hook> hooks() {
        return switch (this) {
            case FILTER -> FILTER_HOOKS;
            case NAT -> NAT_HOOKS;
        };
    }

    /** Whether a table of that name is one of them. */
    static boolean isOne(String word) {
        return Arrays.stream(values()).anyMatch(table -> table.word().equals(word));
    }

    /** As {@code -t} takes it. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
