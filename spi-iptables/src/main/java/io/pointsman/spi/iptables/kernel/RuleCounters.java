package io.pointsman.spi.iptables.kernel;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.iptables.PacketCounts;
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
 * Totals of service ports from the counters of our rules. Only the first packet of a connection passes the nat table, so
 * each packet of a rule that chooses an endpoint is a connection. Not thread-safe.
 */
public final class RuleCounters {
    private final PacketCounts packets;
    private final Map<ServicePortName, Map<Count, Long>> totals = new HashMap<>();

    /** Meaning of a rule's counter. */
    private enum Count {
        CHOSEN(""),
        BOUND(""),
        REFUSED("no-endpoint"),
        DENIED("source-not-allowed"),
        DROPPED("rule-drop");

        /** Reason of a refusal, in the engine's terms; empty if an endpoint is chosen. */
        private final String reason;

        Count(String reason) {
            this.reason = reason;
        }
    }

    public RuleCounters(IptablesHost kernel, Flavour flavour) {
        this.packets = new PacketCounts(
                kernel.rules(), Table.LAYOUT, flavour, rule -> count(rule).isPresent());
    }

    /**
     * Reads the counters and returns the totals of each service port.
     *
     * @param plan plan whose rules are in force
     */
    public Map<ServicePortName, ServiceFigures> read(Collection<FamilyWriter> families, ForwardingPlan plan)
            throws IOException {
        for (FamilyWriter family : families) {
            packets.read(family.family(), family.takeRewritten(), count -> add(count, family.rules(), plan));
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

    private void add(PacketCounts.Count read, FamilyRules rules, ForwardingPlan plan) {
        final Optional<Rule> entered =
                FoundFrontends.of(read.rule(), rules.family()).flatMap(plan::rule);
        count(read.rule())
                .map(count -> count == Count.DROPPED && isOfSources(read.chain(), entered) ? Count.DENIED : count)
                .ifPresent(count -> rules.ownerOf(read.chain())
                        .or(() -> entered.map(Rule::owner))
                        .ifPresent(owner -> total(owner).merge(count, read.packets(), Long::sum)));
    }

    private static Optional<Count> count(String rule) {
        if (rule.contains("-j DNAT --to-destination ")) {
            return Optional.of(rule.contains("-m recent --update ") ? Count.BOUND : Count.CHOSEN);
        }
        if (rule.endsWith("-j DROP")) {
            return Optional.of(Count.DROPPED);
        }
        return rule.contains("-j REJECT ") ? Optional.of(Count.REFUSED) : Optional.empty();
    }

    /** Whether a rule drops sources that are not allowed, as opposed to a Service without endpoints. */
    private static boolean isOfSources(String chain, Optional<Rule> entered) {
        return Names.isGuard(chain)
                || entered.map(rule -> !rule.allowedSources().isEmpty()).orElse(false);
    }

    private Map<Count, Long> total(ServicePortName owner) {
        return totals.computeIfAbsent(owner, _ -> new EnumMap<>(Count.class));
    }
}
