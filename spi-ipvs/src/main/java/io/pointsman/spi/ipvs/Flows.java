package io.pointsman.spi.ipvs;

import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackNetlink;
import io.pointsman.linux.conntrack.ConntrackTuple;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Connections of virtual servers, as the kernel tracks them: their replies are expected from the destination. */
final class Flows {
    private Flows() {}

    /** Those that go to a frontend of the plan and were translated. */
    static List<FlowRecord> list(ForwardingPlan plan) throws IOException {
        final List<FlowRecord> flows = new ArrayList<>();
        try (ConntrackNetlink connections = ConntrackNetlink.open()) {
            for (IpFamily family : IpFamily.values()) {
                for (ConntrackEntry entry : connections.list(family)) {
                    if (isTranslated(entry)) {
                        rule(entry, plan).ifPresent(rule -> flows.add(record(entry, rule)));
                    }
                }
            }
        }
        return flows;
    }

    /**
     * Removes datagram flows of these frontends whose endpoint no longer serves, and those that were never translated, so
     * that their next packet counts as new. Returns how many.
     */
    static int removeStale(ForwardingPlan plan, Collection<Frontend> concerned) throws IOException {
        final Set<IpFamily> families = EnumSet.noneOf(IpFamily.class);
        concerned.stream()
                .filter(frontend -> frontend.protocol() == Protocol.UDP)
                .forEach(frontend -> families.add(frontend.family()));
        if (families.isEmpty()) {
            return 0;
        }
        int removed = 0;
        try (ConntrackNetlink connections = ConntrackNetlink.open()) {
            for (IpFamily family : families) {
                for (ConntrackEntry entry : connections.list(family)) {
                    if (isStale(entry, plan, concerned) && connections.delete(entry)) {
                        removed++;
                    }
                }
            }
        }
        return removed;
    }

    private static boolean isStale(ConntrackEntry entry, ForwardingPlan plan, Collection<Frontend> concerned) {
        for (Frontend frontend : frontends(entry, plan)) {
            if (frontend.protocol() == Protocol.UDP && concerned.contains(frontend)) {
                final Optional<Rule> rule = plan.rule(frontend);
                return rule.isEmpty() || !serves(rule.get(), entry.reply());
            }
        }
        return false;
    }

    private static boolean serves(Rule rule, ConntrackTuple reply) {
        for (PoolEndpoint endpoint : rule.serving().endpoints()) {
            if (endpoint.port() == reply.sourcePort() && endpoint.address().equals(reply.source())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isTranslated(ConntrackEntry entry) {
        return !entry.reply().source().equals(entry.original().destination())
                || entry.reply().sourcePort() != entry.original().destinationPort();
    }

    private static Optional<Rule> rule(ConntrackEntry entry, ForwardingPlan plan) {
        return frontends(entry, plan).stream()
                .flatMap(frontend -> plan.rule(frontend).stream())
                .findFirst();
    }

    /** What a connection may have been opened to: the address itself, and a node port where it is one of those. */
    private static List<Frontend> frontends(ConntrackEntry entry, ForwardingPlan plan) {
        final ConntrackTuple original = entry.original();
        final Optional<Protocol> protocol = Arrays.stream(Protocol.values())
                .filter(candidate -> candidate.number() == original.protocol())
                .findFirst();
        if (protocol.isEmpty()
                || original.destinationPort() == 0
                || original.destination().isUnspecified()) {
            return List.of();
        }
        final Frontend vip = new Frontend(protocol.get(), original.destination(), original.destinationPort());
        return plan.node().servesNodePorts(original.destination())
                ? List.of(
                        vip,
                        Frontend.nodePort(protocol.get(), original.destination().family(), original.destinationPort()))
                : List.of(vip);
    }

    private static FlowRecord record(ConntrackEntry entry, Rule rule) {
        final Protocol protocol = rule.frontend().protocol();
        return new FlowRecord(
                tuple(protocol, entry.original()),
                tuple(protocol, entry.reply()),
                Optional.of(rule.owner()),
                entry.state(),
                entry.counters().originalPackets(),
                entry.counters().originalBytes(),
                entry.counters().replyPackets(),
                entry.counters().replyBytes(),
                entry.timeoutSeconds() < 0
                        ? Optional.empty()
                        : Optional.of(Duration.ofSeconds(entry.timeoutSeconds())));
    }

    private static FlowRecord.Tuple tuple(Protocol protocol, ConntrackTuple tuple) {
        return new FlowRecord.Tuple(
                protocol, tuple.source(), tuple.sourcePort(), tuple.destination(), tuple.destinationPort());
    }
}
