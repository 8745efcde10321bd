package io.pointsman.spi.iptables.kernel;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import io.pointsman.spi.iptables.render.FamilyRules;
import io.pointsman.spi.iptables.render.Names;
import io.pointsman.spi.iptables.render.Table;
import java.io.IOException;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the counters of our rules say of service ports. Only a connection's first packet meets table nat, so each packet of a rule
 * that chooses an endpoint is a connection. A chain that is written anew begins at 0, so totals are added up here, from reading to
 * reading: what came between the last reading and the writing is lost. Not thread-safe.
 */
public final class RuleCounters {
    /** What stands before the name of a chain of ours, and the name's beginning. */
    private static final String APPEND = "] -A " + Names.PREFIX;

    private final IptablesHost kernel;
    private final Flavour flavour;
    /** What rules had counted, by chain and rule; without zeros. */
    private final Map<IpFamily, Map<String, Map<String, Long>>> last = new EnumMap<>(IpFamily.class);

    private final Map<ServicePortName, Map<Count, Long>> totals = new HashMap<>();

    /** What a rule counts. */
    private enum Count {
        CHOSEN(""),
        BOUND(""),
        REFUSED("no-endpoint"),
        DENIED("source-not-allowed"),
        DROPPED("rule-drop");

        /** In the words that the engine has for it; empty where an endpoint is found. */
        private final String reason;

        Count(String reason) {
            this.reason = reason;
        }
    }

    public RuleCounters(IptablesHost kernel, Flavour flavour) {
        this.kernel = kernel;
        this.flavour = flavour;
    }

    /**
     * Reads them.
     *
     * @param plan whose rules are in force
     */
    public Map<ServicePortName, ServiceFigures> read(Collection<FamilyWriter> families, ForwardingPlan plan)
            throws IOException {
        for (FamilyWriter family : families) {
            final String saved = kernel.rules().saveWithCounters(flavour, family.family(), Table.words());
            last.computeIfAbsent(family.family(), _ -> new HashMap<>()).keySet().removeAll(family.takeRewritten());
            add(saved, family.rules(), plan);
        }
        final Set<ServicePortName> owners = new HashSet<>();
        plan.rules().values().forEach(rule -> owners.add(rule.owner()));
        totals.keySet().retainAll(owners);
        final Map<ServicePortName, ServiceFigures> all = new HashMap<>();
        totals.forEach((owner, counts) -> all.put(owner, figures(owner, counts)));
        return Map.copyOf(all);
    }

    private static ServiceFigures figures(ServicePortName owner, Map<Count, Long> counts) {
        final Map<Figure, Long> values = new EnumMap<>(Figure.class);
        final Long chosen = counts.get(Count.CHOSEN);
        final Long bound = counts.get(Count.BOUND);
        if (chosen != null) {
            values.put(Figure.CONNECTIONS, chosen + (bound == null ? 0 : bound));
        }
        if (bound != null) {
            values.put(Figure.AFFINITY_HITS, bound);
        }
        final Map<String, Long> refused = new HashMap<>();
        counts.forEach((count, packets) -> {
            if (!count.reason.isEmpty()) {
                refused.put(count.reason, packets);
            }
        });
        return new ServiceFigures(owner, values, refused);
    }

    /** Adds what came since the last reading. Lines are {@code [packets:bytes] -A CHAIN rule}. */
    private void add(String saved, FamilyRules rules, ForwardingPlan plan) {
        final Map<String, Map<String, Long>> before = last.getOrDefault(rules.family(), Map.of());
        final Map<String, Map<String, Long>> now = new HashMap<>();
        for (String line : (Iterable<String>) saved.lines()::iterator) {
            final int append = line.indexOf(APPEND);
            final Optional<Count> count = line.startsWith("[") && append > 0 ? count(line) : Optional.empty();
            if (count.isPresent()) {
                final int end = line.indexOf(' ', append + APPEND.length());
                final String chain = line.substring(append + APPEND.length() - Names.PREFIX.length(), end);
                final String rule = line.substring(end + 1);
                final long packets = Long.parseLong(line.substring(1, line.indexOf(':')));
                final Optional<Rule> entered =
                        FoundFrontends.of(rule, rules.family()).flatMap(plan::rule);
                final long known = before.getOrDefault(chain, Map.of()).getOrDefault(rule, 0L);
                final Count counted =
                        count.get() == Count.DROPPED && isOfSources(chain, entered) ? Count.DENIED : count.get();
                rules.ownerOf(chain).or(() -> entered.map(Rule::owner)).ifPresent(owner -> total(owner)
                        .merge(counted, since(known, packets), Long::sum));
                if (packets > 0) {
                    now.computeIfAbsent(chain, _ -> new HashMap<>()).put(rule, packets);
                }
            }
        }
        last.put(rules.family(), now);
    }

    private static Optional<Count> count(String line) {
        if (line.contains("-j DNAT --to-destination ")) {
            return Optional.of(line.contains("-m recent --update ") ? Count.BOUND : Count.CHOSEN);
        }
        if (line.endsWith("-j DROP")) {
            return Optional.of(Count.DROPPED);
        }
        return line.contains("-j REJECT ") ? Optional.of(Count.REFUSED) : Optional.empty();
    }

    /** Whether what drops is for sources that are not allowed, not for want of endpoints. */
    private static boolean isOfSources(String chain, Optional<Rule> entered) {
        return Names.isGuard(chain)
                || entered.map(rule -> !rule.allowedSources().isEmpty()).orElse(false);
    }

    /** Another program may have written a rule anew. */
    private static long since(long before, long now) {
        return now >= before ? now - before : now;
    }

    private Map<Count, Long> total(ServicePortName owner) {
        return totals.computeIfAbsent(owner, _ -> new EnumMap<>(Count.class));
    }
}
