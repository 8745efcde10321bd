package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Tables that iptables-nft-save leaves out as a whole, with exit code 0, because they have a rule that iptables can't show:
 * one with a map, for example, added by nft.
 */
public final class UnshownTables {
    /** Message of iptables 1.8.9 and 1.8.11 (nft_is_table_compatible in iptables/nft.c). */
    private static final Pattern UNSHOWN =
            Pattern.compile("^# Table `(\\w+)' is incompatible, use 'nft' tool\\.", Pattern.MULTILINE);

    private UnshownTables() {}

    /** Returns the names of such tables, from the output of iptables-save. */
    public static List<String> in(String saved) {
        return UNSHOWN.matcher(saved).results().map(found -> found.group(1)).toList();
    }

    /** Returns the message for a person. */
    public static String words(Flavour flavour, IpFamily family, String table) {
        final String nft = family == IpFamily.IPV4 ? "ip" : "ip6";
        return flavour.save(family) + " does not show table " + table
                + ": another program added a rule to it that only nft can show; nft -a list table " + nft + " " + table
                + " shows it, and it belongs in a table of its own";
    }
}
