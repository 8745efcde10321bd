package io.pointsman.nat.flows;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.model.IpAddress;
import io.pointsman.nat.EngineTables;
import io.pointsman.nat.policy.CompiledPlan;
import io.pointsman.spi.FlowRecord;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The flow that a packet belongs to, for an operator.
 *
 * @param becomes the packet's tuple after translation; for a socket backend's connection, without the source it will get
 * @param isReply the packet goes in the reply direction
 */
public record KnownFlow(FlowRecord.Tuple becomes, String state, boolean isReply, boolean bySockets) {
    /** Finds a flow of the packet path without side effects: no deadline is extended, no expired flow is ended. */
    public static Optional<KnownFlow> tracked(@Nullable EngineTables tables, FlowRecord.Tuple tuple, long nowNanos) {
        if (tables == null) {
            return Optional.empty();
        }
        final FlowKey key = key(tuple);
        final FlowTable table = key.isIpv6 ? tables.ipv6 : tables.ipv4;
        final FlowCursor cursor = new FlowCursor();
        if (!table.find(table.hash(key), key, cursor) || !table.isAlive(cursor.slot, cursor.control, nowNanos)) {
            return Optional.empty();
        }
        final FlowKey to = new FlowKey();
        to.of(key);
        FlowSlot.readTranslation(cursor.slot, to);
        final boolean isReply = Control.isReply(cursor.control);
        final long original = isReply ? table.pair(cursor.slot) : cursor.slot;
        final String state = FlowTracker.stateName(key.protocol, FlowSlot.controlAcquire(original));
        return cursor.isStillValid()
                ? Optional.of(new KnownFlow(tuple(tuple, to), state, isReply, false))
                : Optional.empty(); // it ended meanwhile
    }

    /** Finds a connection of a socket backend. */
    public static Optional<KnownFlow> proxied(ProxiedFlows proxied, CompiledPlan plan, FlowRecord.Tuple tuple) {
        return proxied.all()
                .map(flow -> flow.record(plan))
                .filter(record -> record.original().equals(tuple))
                .map(record -> new KnownFlow(reverse(record.reply()), record.state(), false, true))
                .findFirst();
    }

    private static FlowKey key(FlowRecord.Tuple tuple) {
        final FlowKey key = new FlowKey();
        key.isIpv6 = !tuple.source().isIpv4();
        key.protocol = tuple.protocol().number();
        key.setSource(tuple.source().high(), tuple.source().low());
        key.setDestination(tuple.destination().high(), tuple.destination().low());
        key.setSourcePort(tuple.sourcePort());
        key.setDestinationPort(tuple.destinationPort());
        return key;
    }

    public static FlowRecord.Tuple reverse(FlowRecord.Tuple tuple) {
        return new FlowRecord.Tuple(
                tuple.protocol(), tuple.destination(), tuple.destinationPort(), tuple.source(), tuple.sourcePort());
    }

    private static FlowRecord.Tuple tuple(FlowRecord.Tuple like, FlowKey key) {
        return new FlowRecord.Tuple(
                like.protocol(),
                address(key.isIpv6, key.sourceHighValue(), key.sourceLowValue()),
                key.sourcePort(),
                address(key.isIpv6, key.destinationHighValue(), key.destinationLowValue()),
                key.destinationPort());
    }

    private static IpAddress address(boolean isIpv6, long high, long low) {
        return isIpv6 ? IpAddress.ofIpv6(high, low) : IpAddress.ofIpv4((int) low);
    }
}
