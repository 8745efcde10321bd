package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.Sysctl;
import io.pointsman.linux.backend.OwnedSysctls;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Kernel parameters that the virtual servers depend on. They are set by policy and entered in the ledger first; the result
 * of each is reported. Not thread-safe.
 */
public final class Sysctls {
    /** Parameters that a cleanup leaves on, because other programs rely on forwarding by then. */
    private static final Set<String> LEFT_ON = Set.of("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding");

    private final Map<SysctlSetting, Sysctl.Policy> policies;
    private final OwnedSysctls owned;
    private List<Outcome> outcomes = List.of();

    /** Result for one parameter. */
    public record Outcome(SysctlSetting wish, Sysctl.Result result) {
        /** Whether the parameter should be set and is not. */
        boolean isShort() {
            return result.wanted().policy() != Sysctl.Policy.SKIP && !result.isInForce();
        }

        @Override
        public String toString() {
            return result.toString();
        }
    }

    public Sysctls(Map<SysctlSetting, Sysctl.Policy> policies, Ledger ledger) {
        this.policies = Map.copyOf(policies);
        this.owned = new OwnedSysctls(ledger);
    }

    /**
     * Sets the parameters; returns the result of each.
     *
     * @throws IOException if parameters that must be set could not be; the message names them
     */
    public List<Outcome> set() throws IOException {
        final List<SysctlSetting> wishes = new ArrayList<>();
        final List<Sysctl> wanted = new ArrayList<>();
        for (SysctlSetting wish : SysctlSetting.values()) {
            for (Sysctl sysctl : wish.wanted(policies.getOrDefault(wish, wish.usual()))) {
                wishes.add(wish);
                wanted.add(sysctl);
            }
        }
        final List<Sysctl.Result> results = owned.set(wanted, LEFT_ON);
        final List<Outcome> came = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            came.add(new Outcome(wishes.get(i), results.get(i)));
        }
        outcomes = List.copyOf(came);
        return outcomes;
    }

    /** Returns what rules lose because parameters could not be set. */
    public List<RuleProblem> problems(Collection<Rule> rules) {
        return problems(outcomes, rules);
    }

    public static List<RuleProblem> problems(List<Outcome> outcomes, Collection<Rule> rules) {
        final List<RuleProblem> problems = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            if (!outcome.isShort()) {
                continue;
            }
            final SysctlSetting wish = outcome.wish();
            final String reason = wish.loss() + ": " + outcome + "; set it in another way, or set " + wish.key()
                    + " to skip to run without it";
            for (Rule rule : rules) {
                if (wish.matters(outcome.result().wanted(), rule)) {
                    problems.add(new RuleProblem(rule.frontend(), rule.owner(), RuleProblem.Kind.DEGRADED, reason));
                }
            }
        }
        return problems;
    }

    /** Returns one sentence for each parameter that no longer has its value. */
    public List<String> differences() throws IOException {
        return owned.differences();
    }
}
