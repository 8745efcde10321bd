package io.pointsman.spi.iptables;

import io.pointsman.linux.conntrack.ConntrackEntry;
import io.pointsman.linux.conntrack.ConntrackNetlink;
import io.pointsman.linux.conntrack.ConntrackTuple;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.Rule;
import io.pointsman.spi.FlowRecord;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The kernel's tracked connections, read against a plan. */
final class Flows {
    private Flows() {}

    /** Those that go to a frontend of the plan and were translated. */
    static List<FlowRecord> list(Kernel kernel, ForwardingPlan plan) throws IOException {
        final List<FlowRecord> flows = new ArrayList<>();
        try (ConntrackNetlink connections = kernel.connections()) {
            for (IpFamily family : IpFamily.values()) {
                for (ConntrackEntry entry : connections.list(family)) {
                    final Rule rule = ruleOf(entry, plan);
                    if (entry.isDnat() && rule != null) {
                        flows.add(record(entry, rule));
                    }
                }
            }
        }
        return flows;
    }

    private static @Nullable Rule ruleOf(ConntrackEntry entry, ForwardingPlan plan) {
        return frontends(entry, plan).stream()
                .map(frontend -> plan.rules().get(frontend))
                .filter(rule -> rule != null)
                .findFirst()
                .orElse(null);
    }

    /** What a connection may have been opened to: the address itself, and a node port where it is one of those. */
    static List<Frontend> frontends(ConntrackEntry entry, ForwardingPlan plan) {
        final ConntrackTuple original = entry.original();
        final Optional<Protocol> protocol = protocol(original);
        if (protocol.isEmpty()
                || original.destinationPort() == 0
                || original.destination().isUnspecified()) {
            return List.of();
        }
        final Frontend vip = new Frontend(protocol.get(), original.destination(), original.destinationPort());
        if (!plan.node().servesNodePorts(original.destination())) {
            return List.of(vip);
        }
        return List.of(
                vip, Frontend.nodePort(protocol.get(), original.destination().family(), original.destinationPort()));
    }

    private static Optional<Protocol> protocol(ConntrackTuple tuple) {
        return Arrays.stream(Protocol.values())
                .filter(protocol -> protocol.number() == tuple.protocol())
                .findFirst();
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
