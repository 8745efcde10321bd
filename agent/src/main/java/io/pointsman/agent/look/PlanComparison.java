package io.pointsman.agent.look;

import io.pointsman.model.ObjectName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HealthCheck;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.PlanDelta.RuleChange;
import io.pointsman.plan.Rule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Differences between two plans and the clients concerned, in sentences.
 *
 * @param services those that differ, in order of name
 * @param node differences for the node as a whole, a sentence each
 */
public record PlanComparison(List<ServiceChange> services, List<String> node, RuleCount rules) {
    public PlanComparison {
        services = List.copyOf(services);
        node = List.copyOf(node);
    }

    /** Number of rules that only the new plan has, that only the old one has, and that differ. */
    public record RuleCount(int added, int gone, int changed) {}

    /** Kind of change to a Service. */
    public enum Kind {
        NEW,
        GONE,
        CHANGED
    }

    /** A Service that differs, with a sentence for each difference. */
    public record ServiceChange(ObjectName service, Kind kind, List<String> words) {
        public ServiceChange {
            words = List.copyOf(words);
        }
    }

    /** Compares the effects of two plans; their versions are ignored. */
    public static PlanComparison of(ForwardingPlan before, ForwardingPlan after) {
        final PlanDelta delta = PlanDelta.between(before, after);
        final SortedMap<ObjectName, List<RuleChange>> byService = new TreeMap<>();
        int added = 0;
        int gone = 0;
        for (RuleChange change : delta.rules()) {
            added += change.before() == null ? 1 : 0;
            gone += change.after() == null ? 1 : 0;
            for (RuleChange part : parts(change)) {
                final Rule one = Objects.requireNonNull(part.after() == null ? part.before() : part.after());
                byService
                        .computeIfAbsent(one.owner().service(), _ -> new ArrayList<>())
                        .add(part);
            }
        }
        final SortedSet<ObjectName> names = new TreeSet<>(byService.keySet());
        names.addAll(withOtherChecks(before, after));
        final Side old = Side.of(before);
        final Side now = Side.of(after);
        final List<ServiceChange> services = new ArrayList<>();
        for (ObjectName name : names) {
            final List<String> words = new ArrayList<>(
                    new RuleSentences(before.node(), after.node()).of(byService.getOrDefault(name, List.of())));
            checkWords(old.check(name), now.check(name)).ifPresent(words::add);
            services.add(new ServiceChange(name, kind(old, now, name), words));
        }
        return new PlanComparison(
                services,
                NodeSentences.of(before.node(), after.node()),
                new RuleCount(added, gone, delta.rules().size() - added - gone));
    }

    /** Splits a frontend's move from one Service to another: gone for the one, new for the other. */
    private static List<RuleChange> parts(RuleChange change) {
        final Rule old = change.before();
        final Rule now = change.after();
        return old != null
                        && now != null
                        && !old.owner().service().equals(now.owner().service())
                ? List.of(new RuleChange(change.frontend(), old, null), new RuleChange(change.frontend(), null, now))
                : List.of(change);
    }

    private static SortedSet<ObjectName> withOtherChecks(ForwardingPlan before, ForwardingPlan after) {
        final SortedSet<ObjectName> names = new TreeSet<>();
        before.healthChecks().stream()
                .filter(check -> !after.healthChecks().contains(check))
                .forEach(check -> names.add(check.service()));
        after.healthChecks().stream()
                .filter(check -> !before.healthChecks().contains(check))
                .forEach(check -> names.add(check.service()));
        return names;
    }

    /** A plan's Services by name; each has at most one health check. */
    private record Side(Set<ObjectName> services, Map<ObjectName, HealthCheck> checks) {
        static Side of(ForwardingPlan plan) {
            final Map<ObjectName, HealthCheck> checks = new HashMap<>();
            plan.healthChecks().forEach(check -> checks.put(check.service(), check));
            final Set<ObjectName> services = new HashSet<>(checks.keySet());
            plan.rules().values().forEach(rule -> services.add(rule.owner().service()));
            return new Side(services, checks);
        }

        String check(ObjectName name) {
            return Optional.ofNullable(checks.get(name))
                    .map(PlanComparison::words)
                    .orElse("nothing, no port is open");
        }
    }

    private static Optional<String> checkWords(String old, String now) {
        return old.equals(now)
                ? Optional.empty()
                : Optional.of("load balancers that check its health are told: " + now + "; before: " + old);
    }

    private static String words(HealthCheck check) {
        return check.localEndpoints() + (check.localEndpoints() == 1 ? " endpoint" : " endpoints")
                + " on this node, at port " + check.port() + " ("
                + String.join(
                        ", ",
                        check.families().stream().sorted().map(Object::toString).toList())
                + ")";
    }

    private static Kind kind(Side old, Side now, ObjectName name) {
        if (!old.services().contains(name)) {
            return Kind.NEW;
        }
        return now.services().contains(name) ? Kind.CHANGED : Kind.GONE;
    }

    /** Whether both plans have the same effect. */
    public boolean isSame() {
        return services.isEmpty() && node.isEmpty();
    }
}
