package io.pointsman.conntrack;

import io.pointsman.packet.RawMemory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Invariants of a flow table that no thread is changing. */
public final class TableInvariants {
    /** A slot's key, by value. */
    private record Key(int protocol, int ports, long a, long b, long c, long d) {}

    private final FlowTable table;
    private final boolean isIpv6;
    private final List<String> problems = new ArrayList<>();
    private final Map<Integer, Integer> flowsByTag = new HashMap<>();

    private TableInvariants(FlowTable table) {
        this.table = table;
        this.isIpv6 = table.isIpv6();
    }

    /**
     * Describes each violated invariant in words.
     *
     * @param flowsByTag receives the number of flows for each tag
     */
    public static List<String> problems(FlowTable table, Map<Integer, Integer> flowsByTag) {
        final TableInvariants invariants = new TableInvariants(table);
        invariants.check();
        flowsByTag.putAll(invariants.flowsByTag);
        return List.copyOf(invariants.problems);
    }

    private void check() {
        final Set<Key> keys = new HashSet<>();
        long flows = 0;
        for (int group = 0; group < table.index.groups(); group++) {
            final long occupied = TagIndex.occupied(table.index.wordVolatile(group));
            for (int position = 0; position < TagIndex.GROUP_SLOTS; position++) {
                final long slot = table.slot(group * TagIndex.GROUP_SLOTS + position);
                final long control = FlowSlot.controlVolatile(slot);
                final boolean isTagged = (occupied >>> (position * 8 + 7) & 1) != 0;
                if (isTagged != (Control.state(control) != Control.FREE)) {
                    problems.add(name(slot) + " is tagged " + isTagged + " in state " + Control.state(control));
                } else if (isTagged) {
                    checkSlot(slot, control, keys);
                    flows += Control.isReply(control) ? 0 : 1;
                }
            }
        }
        if (flows != table.size()) {
            problems.add("the table counts " + table.size() + " flows, there are " + flows);
        }
        if (flows > table.capacity()) {
            problems.add(flows + " flows exceed the capacity of " + table.capacity());
        }
    }

    private void checkSlot(long slot, long control, Set<Key> keys) {
        if (!Control.isLive(control)) {
            problems.add(name(slot) + " was left in state " + Control.state(control));
            return;
        }
        final long pair = table.pair(slot);
        final long pairControl = FlowSlot.controlVolatile(pair);
        if (!Control.isLive(pairControl)
                || Control.isReply(pairControl) == Control.isReply(control)
                || table.pair(pair) != slot) {
            problems.add(name(slot) + " and " + name(pair) + " are no pair");
        }
        if (FlowSlot.tag(slot) != FlowSlot.tag(pair)) {
            problems.add(name(slot) + " and " + name(pair) + " have two tags");
        }
        final FlowKey key = key(slot);
        if (!keys.add(byValue(key))) {
            problems.add(name(slot) + " has a tuple that another slot has");
        }
        final FlowCursor found = new FlowCursor();
        if (!table.find(table.hash(key), key, found) || found.slot != slot) {
            problems.add(name(slot) + " is not found by its own tuple");
        }
        checkTranslation(slot, pair);
        if (!Control.isReply(control)) {
            flowsByTag.merge(FlowSlot.tag(slot), 1, Integer::sum);
        }
    }

    /** Checks that a translation is the reverse of the other direction's key. */
    private void checkTranslation(long slot, long pair) {
        final FlowKey to = new FlowKey();
        to.isIpv6 = isIpv6;
        FlowSlot.readTranslation(slot, to);
        final FlowKey back = new FlowKey().reverseOf(to);
        if (!byValue(back).equals(byValue(key(pair)))) {
            problems.add(name(slot) + " does not translate to the reverse of " + name(pair));
        }
    }

    private FlowKey key(long slot) {
        final FlowKey key = new FlowKey();
        key.isIpv6 = isIpv6;
        FlowSlot.readKey(slot, key);
        return key;
    }

    private Key byValue(FlowKey key) {
        return isIpv6
                ? new Key(
                        key.protocol, key.ports, key.sourceHigh, key.sourceLow, key.destinationHigh, key.destinationLow)
                : new Key(key.protocol, key.ports, key.addresses, 0, 0, 0);
    }

    private String name(long slot) {
        return "slot " + table.number(slot) + " (control " + Long.toHexString(RawMemory.getLong(slot)) + ")";
    }
}
