package io.pointsman.agent.kubeproxy;

import io.pointsman.linux.iptables.SavedRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rules and chains to remove from one table: kube-proxy's chains, and the rules that jump to them from built-in chains. A
 * chain that a rule of others jumps to stays, with all chains reachable from it, so that no rule of others is changed or
 * loses its meaning.
 *
 * @param jumps rules of built-in chains, as {@code PREROUTING -m … -j KUBE-SERVICES}
 * @param chains names
 * @param kept one line for each chain that stays, with the reason
 */
record TableRemoval(List<String> jumps, Set<String> chains, List<String> kept) {
    private static final Pattern COMMENT = Pattern.compile("--comment (?:\"([^\"\\\\]*)\"|([^\\s\"]+))");

    static TableRemoval of(String table, SavedRules rules) {
        final Set<String> theirs = new TreeSet<>();
        rules.chains().keySet().stream()
                .filter(name ->
                        KubeProxyNames.isChain(table, name) && !rules.builtIn().contains(name))
                .forEach(theirs::add);
        final List<String> jumps = new ArrayList<>();
        final Map<String, String> wanted = new LinkedHashMap<>(); // chain → whose rule keeps it
        rules.chains().forEach((chain, all) -> {
            if (!theirs.contains(chain)) {
                for (String rule : all) {
                    final Optional<String> target = SavedRule.target(rule).filter(theirs::contains);
                    if (target.isPresent() && rules.builtIn().contains(chain) && isJump(rule)) {
                        jumps.add(chain + " " + rule);
                    } else if (target.isPresent()) {
                        keep(target.get(), "a rule of chain " + chain + " leads there", theirs, rules, wanted);
                    }
                }
            }
        });
        if (wanted.containsKey(KubeProxyNames.MARK_CHAIN)) {
            final String partner = KubeProxyNames.POSTROUTING_CHAIN;
            keep(partner, "it masquerades what " + KubeProxyNames.MARK_CHAIN + " marks", theirs, rules, wanted);
        }
        jumps.removeIf(
                rule -> SavedRule.target(rule).filter(wanted::containsKey).isPresent());
        theirs.removeAll(wanted.keySet());
        return new TableRemoval(
                jumps,
                theirs,
                wanted.entrySet().stream()
                        .map(chain -> "chain " + chain.getKey() + ": " + chain.getValue())
                        .toList());
    }

    private static void keep(
            String chain, String why, Set<String> theirs, SavedRules rules, Map<String, String> wanted) {
        if (!theirs.contains(chain) || wanted.putIfAbsent(chain, why) != null) {
            return;
        }
        for (String rule : rules.chains().getOrDefault(chain, List.of())) {
            SavedRule.target(rule)
                    .ifPresent(target -> keep(target, "chain " + chain + " leads there", theirs, rules, wanted));
        }
    }

    private static boolean isJump(String rule) {
        final Matcher comment = COMMENT.matcher(rule);
        return comment.find() && KubeProxyNames.isJump(comment.group(1) == null ? comment.group(2) : comment.group(1));
    }

    boolean isEmpty() {
        return jumps.isEmpty() && chains.isEmpty();
    }

    /** Returns input for iptables-restore --noflush. Chains are emptied first, as they jump to each other. */
    String restore(String table) {
        final StringBuilder text = new StringBuilder("*" + table + "\n");
        chains.forEach(name -> text.append(':').append(name).append(" - [0:0]\n"));
        jumps.forEach(rule -> text.append("-D ").append(rule).append('\n'));
        chains.forEach(name -> text.append("-X ").append(name).append('\n'));
        return text.append("COMMIT\n").toString();
    }
}
