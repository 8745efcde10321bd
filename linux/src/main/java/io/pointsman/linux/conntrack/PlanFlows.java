package io.pointsman.linux.conntrack;

import io.pointsman.linux.KernelException;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Tracked connections matched with a plan: the reply's source is the endpoint. */
public final class PlanFlows {
    private PlanFlows() {}

    /** Decides whether a connection is stale: the current rule, if there is one, would not create it. */
    public interface Staleness {
        boolean isStale(ConntrackEntry entry, Optional<Rule> rule);
    }

    /**
     * Returns the connections to frontends of the plan that {@code isTranslated} accepts. Reading it throws
     * {@link UncheckedIOException} if the kernel stops; closing it closes the dump.
     */
    public static Stream<FlowRecord> stream(
            ConntrackDump entries, ForwardingPlan plan, Predicate<ConntrackEntry> isTranslated) {
        return Stream.generate(() -> next(entries))
                .takeWhile(Optional::isPresent)
                .flatMap(Optional::stream)
                .filter(isTranslated)
                .flatMap(entry -> of(entry, plan).stream())
                .onClose(entries::close);
    }

    private static Optional<ConntrackEntry> next(ConntrackDump entries) {
        try {
            return entries.next();
        } catch (KernelException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a connection's record; empty if it is to no frontend of the plan. */
    public static Optional<FlowRecord> of(ConntrackEntry entry, ForwardingPlan plan) {
        return frontends(entry, plan).stream()
                .flatMap(frontend -> plan.rule(frontend).stream())
                .findFirst()
                .map(rule -> record(entry, rule));
    }

    /**
     * Removes stale connections to these frontends, so that their next packet counts as a first one; returns their number.
     * Reads only the families of these frontends.
     */
    public static int removeStale(
            ConntrackNetlink connections, ForwardingPlan plan, Collection<Frontend> concerned, Staleness staleness)
            throws KernelException {
        final Set<IpFamily> families = EnumSet.noneOf(IpFamily.class);
        concerned.forEach(frontend -> families.add(frontend.family()));
        int removed = 0;
        for (IpFamily family : families) {
            for (ConntrackEntry entry : connections.list(family)) {
                if (isStale(entry, plan, concerned, staleness) && connections.delete(entry)) {
                    removed++;
                }
            }
        }
        return removed;
    }

    private static boolean isStale(
            ConntrackEntry entry, ForwardingPlan plan, Collection<Frontend> concerned, Staleness staleness) {
        for (Frontend frontend : frontends(entry, plan)) {
            if (concerned.contains(frontend) && staleness.isStale(entry, plan.rule(frontend))) {
                return true;
            }
        }
        return false;
    }

    /** Whether the endpoint that replies is one that the rule serves. */
    public static boolean isServed(ConntrackEntry entry, Rule rule) {
        for (PoolEndpoint endpoint : rule.serving().endpoints()) {
            if (endpoint.port() == entry.reply().sourcePort()
                    && endpoint.address().equals(entry.reply().source())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Frontends that a connection may have been opened to: its destination, and a node port if that address serves node
     * ports.
     */
    static List<Frontend> frontends(ConntrackEntry entry, ForwardingPlan plan) {
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
