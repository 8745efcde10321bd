package io.pointsman.linux.iptables;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netfilter.Ruleset;
import io.pointsman.linux.netfilter.RulesetEvent;
import io.pointsman.linux.netfilter.RulesetWatch;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * Our rules, as a watch sees them: changed by events of nf_tables, which iptables-nft has; the kernel reports none for
 * iptables-legacy.
 *
 * @param prefix of the names of our chains
 * @param isOwn whether a process with this id is, or was, one that writes for us
 */
public record WatchedRules(RuleStamps stamps, RulesetGeneration known, String prefix, IntPredicate isOwn)
        implements RulesetWatch.Subject {
    private static final Set<String> BUILT_IN = Set.of("INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING");

    @Override
    public Optional<Ruleset> listen() throws KernelException {
        return stamps.flavour() == Flavour.NFT ? Optional.of(stamps.listen()) : Optional.empty();
    }

    @Override
    public boolean isTouchedBy(RulesetEvent event) {
        return isOurs(event) && !isOwn.test(event.port());
    }

    @Override
    public boolean isSuspicious(int generation, boolean isTouched) {
        if (!isTouched) {
            known.account(generation);
        }
        return isTouched;
    }

    private boolean isOurs(RulesetEvent event) {
        if (event.family().isEmpty() || !stamps.isOne(event.table())) {
            return false;
        }
        return switch (event.kind()) {
            case TABLE_DELETED -> true;
            case CHAIN_DELETED, RULE_DELETED -> event.chain().startsWith(prefix) || BUILT_IN.contains(event.chain());
            case CHAIN_ADDED, RULE_ADDED -> event.chain().startsWith(prefix);
            case TABLE_ADDED,
                    SET_ADDED,
                    SET_DELETED,
                    ELEMENT_ADDED,
                    ELEMENT_DELETED,
                    COUNTER_ADDED,
                    COUNTER_DELETED,
                    FLOWTABLE_ADDED,
                    FLOWTABLE_DELETED,
                    COMMIT -> false;
        };
    }
}
