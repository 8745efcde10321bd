package io.pointsman.agent.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A base chain, which the kernel calls from a hook, as {@code nft -y list chains} prints it.
 *
 * @param table {@code inet firewalld}
 * @param priority lower is earlier
 * @param policy {@code accept} or {@code drop}
 */
record BaseChain(String table, String chain, String type, String hook, int priority, String policy) {
    private static final Pattern TABLE = Pattern.compile("table (\\S+ \\S+) \\{");
    private static final Pattern CHAIN = Pattern.compile("chain (\\S+) \\{");
    private static final Pattern BASE =
            Pattern.compile("type (\\w+) hook (\\w+) (?:devices? .*? )?priority (-?\\d+); policy (\\w+);");

    /** Tables of the backends nftables and userspace. */
    private static final Set<String> OWN_TABLES = Set.of("pointsman", "pointsman_userspace");

    /** Hooks at which a VIP is translated to an endpoint, at Linux's priority for that (NF_IP_PRI_NAT_DST). */
    private static final Set<String> TRANSLATING_HOOKS = Set.of("prerouting", "output");

    private static final int NAT_DST = -100;

    static List<BaseChain> parse(String listing) {
        final List<BaseChain> chains = new ArrayList<>();
        String table = "";
        String chain = "";
        for (String line : listing.lines().map(String::strip).toList()) {
            final Matcher inTable = TABLE.matcher(line);
            final Matcher inChain = CHAIN.matcher(line);
            final Matcher base = BASE.matcher(line);
            if (inTable.lookingAt()) {
                table = inTable.group(1);
            } else if (inChain.lookingAt()) {
                chain = inChain.group(1);
            } else if (base.lookingAt()) {
                chains.add(new BaseChain(
                        table, chain, base.group(1), base.group(2), Integer.parseInt(base.group(3)), base.group(4)));
            }
        }
        return chains;
    }

    String name() {
        return "nftables " + table + " " + chain;
    }

    boolean isOurs() {
        return OWN_TABLES.contains(table.substring(table.indexOf(' ') + 1));
    }

    /**
     * Whether the chain translates destinations at the same hook and priority as mode nftables. Not true for tables
     * {@code ip nat} and {@code ip6 nat}, which belong to iptables, mode iptables included.
     */
    boolean isAtOurPriority() {
        return type.equals("nat")
                && priority == NAT_DST
                && TRANSLATING_HOOKS.contains(hook)
                && !table.equals("ip nat")
                && !table.equals("ip6 nat");
    }

    boolean dropsWhatPasses() {
        return hook.equals("forward") && policy.equals("drop");
    }
}
