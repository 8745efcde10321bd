package io.pointsman.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Claims of Services to frontends; the oldest Service keeps a frontend that several claim. Not thread-safe. */
final class FrontendClaims {
    /** Claimants of each frontend in order of seniority, the keeper first; almost always just one. */
    private final Map<Frontend, List<ServicePlan>> claimants = new HashMap<>();

    private final Set<Frontend> contested = new HashSet<>();

    /** Replaces one Service's claims; null for none. */
    void replace(@Nullable ServicePlan before, @Nullable ServicePlan after) {
        if (before != null) {
            before.rules().keySet().forEach(frontend -> withdraw(frontend, before));
        }
        if (after != null) {
            after.rules().keySet().forEach(frontend -> claim(frontend, after));
        }
    }

    private void claim(Frontend frontend, ServicePlan plan) {
        final List<ServicePlan> queue = claimants.get(frontend);
        if (queue == null) {
            claimants.put(frontend, List.of(plan));
        } else {
            final List<ServicePlan> longer = new ArrayList<>(queue);
            int place = 0;
            while (place < queue.size() && queue.get(place).isSeniorTo(plan)) {
                place++;
            }
            longer.add(place, plan);
            claimants.put(frontend, longer);
            contested.add(frontend);
        }
    }

    private void withdraw(Frontend frontend, ServicePlan plan) {
        final List<ServicePlan> rest = new ArrayList<>(claimants.getOrDefault(frontend, List.of()));
        rest.removeIf(other -> other.name().equals(plan.name()));
        if (rest.isEmpty()) {
            claimants.remove(frontend);
        } else {
            claimants.put(frontend, rest);
        }
        if (rest.size() < 2) {
            contested.remove(frontend);
        }
    }

    /** Returns the rule in force for a frontend; null if it is unclaimed. */
    @Nullable
    Rule winner(Frontend frontend) {
        final ServicePlan keeper = keeper(frontend);
        return keeper == null ? null : keeper.rules().get(frontend);
    }

    /** Returns the Service that keeps a frontend; null if it is unclaimed. */
    @Nullable
    ServicePlan keeper(Frontend frontend) {
        final List<ServicePlan> queue = claimants.get(frontend);
        return queue == null ? null : queue.getFirst();
    }

    /** Returns one problem for each claim that is refused now. */
    List<PlanProblem> problems() {
        final List<PlanProblem> problems = new ArrayList<>();
        for (Frontend frontend : contested) {
            final List<ServicePlan> queue = claimants.getOrDefault(frontend, List.of());
            final List<Rule> rules = queue.stream()
                    .flatMap(plan -> Optional.ofNullable(plan.rules().get(frontend)).stream())
                    .toList();
            rules.stream().skip(1).forEach(rule -> problems.add(refusal(rule, rules.getFirst())));
        }
        return problems;
    }

    static PlanProblem refusal(Rule refused, Rule keeper) {
        return new PlanProblem(
                refused.owner().service(),
                Optional.of(refused.frontend()),
                "port " + refused.owner() + " does not get it, " + keeper.owner()
                        + " has it: of two Services that claim it the older keeps it, of two ports of one Service the"
                        + " earlier");
    }
}
