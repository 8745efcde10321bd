package io.pointsman.nat.flows;

import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.EngineTables;
import io.pointsman.nat.IpProtocols;
import io.pointsman.nat.policy.CompiledPlan;
import io.pointsman.spi.FlowRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Flows of the packet path as records for operators. */
public final class TrackedFlows {
    private TrackedFlows() {}

    public static List<FlowRecord> records(EngineTables tables, long nowNanos) {
        final List<FlowRecord> records = new ArrayList<>();
        addAll(tables.ipv4, false, tables.plan, nowNanos, records);
        addAll(tables.ipv6, true, tables.plan, nowNanos, records);
        return records;
    }

    private static void addAll(
            FlowTable table, boolean isIpv6, CompiledPlan plan, long nowNanos, List<FlowRecord> records) {
        final FlowKey original = new FlowKey();
        final FlowKey reply = new FlowKey();
        original.isIpv6 = isIpv6;
        reply.isIpv6 = isIpv6;
        final FlowCursor cursor = new FlowCursor();
        table.forEach((slot, control) -> {
            cursor.slot = slot;
            cursor.control = control;
            final long pair = table.pair(slot);
            FlowSlot.readKey(slot, original);
            FlowSlot.readKey(pair, reply);
            final Duration left = table.timeLeft(slot, control, nowNanos);
            final Protocol protocol = IpProtocols.of(original.protocol);
            final FlowRecord record = protocol == null || left.isNegative() || left.isZero()
                    ? null
                    : new FlowRecord(
                            tuple(protocol, original),
                            tuple(protocol, reply),
                            Optional.ofNullable(plan.ruleFor(
                                            original.protocol,
                                            !isIpv6,
                                            original.destinationHighValue(),
                                            original.destinationLowValue(),
                                            original.destinationPort()))
                                    .map(rule -> rule.rule.owner()),
                            FlowTracker.stateName(original.protocol, control),
                            FlowSlot.packets(slot),
                            FlowSlot.bytes(slot),
                            FlowSlot.packets(pair),
                            FlowSlot.bytes(pair),
                            Optional.of(left));
            if (record != null && cursor.isStillValid()) {
                records.add(record);
            }
        });
    }

    private static FlowRecord.Tuple tuple(Protocol protocol, FlowKey key) {
        return new FlowRecord.Tuple(
                protocol,
                address(key.isIpv6, key.sourceHighValue(), key.sourceLowValue()),
                key.sourcePort(),
                address(key.isIpv6, key.destinationHighValue(), key.destinationLowValue()),
                key.destinationPort());
    }

    private static IpAddress address(boolean isIpv6, long high, long low) {
        return isIpv6 ? IpAddress.ofIpv6(high, low) : IpAddress.ofIpv4((int) low);
    }
}
