package com.example.plainnft;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackNetlink;
import io.pointsman.linux.conntrack.ConntrackTuple;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Tracked connections that our rules made, as the kernel lists them. */
final class Connections {
    private Connections() {}

    /** A tracked connection and the rule that it falls under. */
    private record Owned(ConntrackEntry entry, Rule rule) {}

    private static List<Owned> owned(ConntrackNetlink connections, ForwardingPlan plan) throws KernelException {
        final List<Owned> owned = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            for (ConntrackEntry entry : connections.list(family)) {
                rule(entry.original(), plan).ifPresent(rule -> owned.add(new Owned(entry, rule)));
            }
        }
        return owned;
    }

    private static Optional<Rule> rule(ConntrackTuple original, ForwardingPlan plan) {
        final Optional<Protocol> protocol = Arrays.stream(Protocol.values())
                .filter(some -> some.number() == original.protocol())
                .findFirst();
        if (protocol.isEmpty() || original.destinationPort() == 0) {
            return Optional.empty();
        }
        final int port = original.destinationPort();
        return plan.rule(new Frontend(protocol.get(), original.destination(), port))
                .or(() -> plan.node().servesNodePorts(original.destination())
                        ? plan.rule(Frontend.nodePort(
                                protocol.get(), original.destination().family(), port))
                        : Optional.empty());
    }

    /**
     * Removes UDP connections whose endpoint serves no more, or that began before there was one: rules only see a
     * connection's first packet, and a client that never pauses would send to nobody for ever.
     */
    static void removeStale(ForwardingPlan plan) throws KernelException {
        try (ConntrackNetlink connections = ConntrackNetlink.open()) {
            for (Owned owned : owned(connections, plan)) {
                final ConntrackTuple reply = owned.entry().reply();
                if (owned.rule().frontend().protocol() == Protocol.UDP
                        && owned.rule().serving().endpoints().stream()
                                .noneMatch(endpoint -> endpoint.address().equals(reply.source())
                                        && endpoint.port() == reply.sourcePort())) {
                    connections.delete(owned.entry());
                }
            }
        }
    }

    static List<FlowRecord> list(ForwardingPlan plan) throws KernelException {
        try (ConntrackNetlink connections = ConntrackNetlink.open()) {
            return owned(connections, plan).stream()
                    .filter(owned -> owned.entry().isDnat())
                    .map(Connections::record)
                    .toList();
        }
    }

    private static FlowRecord record(Owned owned) {
        final ConntrackEntry entry = owned.entry();
        final Protocol protocol = owned.rule().frontend().protocol();
        return new FlowRecord(
                tuple(protocol, entry.original()),
                tuple(protocol, entry.reply()),
                Optional.of(owned.rule().owner()),
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
