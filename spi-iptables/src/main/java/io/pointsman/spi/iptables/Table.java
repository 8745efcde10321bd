package io.pointsman.spi.iptables;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The tables that rules go into. */
enum Table {
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

    /** A jump at an end of a built-in chain. */
    record Hook(String builtIn, String chain, End end) {
        /** Where in the built-in chain it is put. */
        enum End {
            HEAD,
            TAIL
        }

        Hook(String builtIn, String chain) {
            this(builtIn, chain, End.HEAD);
        }

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
