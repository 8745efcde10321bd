package io.pointsman.conntrack;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Flows of the one table that all instances of a stress test share, each with tuples of its own: a table for each would
 * spend the test on memory. Endpoints are 1 and 2, read back from address and port, which must agree.
 */
final class StressFlows {
    static final int NO_FLOW = 0;
    static final int MIXED = 3;

    private static final int CAPACITY = 1 << 16;
    private static final int UDP = 17;
    private static final long TIMEOUT_NANOS = 30_000_000_000L;
    private static final long EGRESS = 0x0400_F00AL;

    static final FlowTable TABLE = new FlowTable(CAPACITY, false, 42, (_, _, _, _) -> {});

    private static final ThreadLocal<FlowBinder> BINDER = ThreadLocal.withInitial(() -> new FlowBinder(TABLE));
    private static final AtomicInteger NEXT = new AtomicInteger();

    private StressFlows() {}

    /** Returns an id that no other test instance has. */
    static int nextId() {
        return NEXT.incrementAndGet();
    }

    /** A client's tuple, from source port 0x1234 to port 0x50 of a VIP. */
    static FlowKey original(int id, int client) {
        final FlowKey key = new FlowKey();
        key.protocol = UDP;
        key.addresses = ((long) client << 56) | (id & 0xFFFF_FFFFL);
        key.ports = 0x5000_3412;
        return key;
    }

    /** Tuple after translation to an endpoint. */
    static FlowKey to(int id, int client, int endpoint) {
        final FlowKey to = original(id, client);
        to.addresses = ((long) endpoint << 48) | (id & 0xFFFF_FFFFL);
        to.ports = 0x3412 | endpoint << 16;
        return to;
    }

    /** Tuple after translation with the node's address as source: the source port must then be unique. */
    static FlowKey masqueraded(int id, int sourcePort) {
        final FlowKey to = to(id, 1, 1);
        to.addresses = ((long) id << 32) | EGRESS;
        to.ports = sourcePort | 1 << 16;
        return to;
    }

    static FlowKey reply(FlowKey to) {
        return new FlowKey().reverseOf(to);
    }

    /** Inserts a flow. Returns {@link FlowBinder#OK}, or the reason for a failure, after which nothing is held. */
    static int insert(FlowKey key, FlowKey to, int tag, long nowNanos) {
        final FlowBinder binder = BINDER.get();
        final int begun = binder.begin(key, TABLE.hash(key), nowNanos);
        if (begun != FlowBinder.OK) {
            return begun;
        }
        final int bound = binder.bindReply(key, to, binder.replyHash(to), 0, TIMEOUT_NANOS, tag, nowNanos);
        if (bound == FlowBinder.TAKEN) {
            binder.abandon();
        }
        return bound == FlowBinder.OK ? binder.commit() : bound;
    }

    /**
     * Returns the endpoint that a packet with this key goes to; {@link #NO_FLOW}, or {@link #MIXED} for half of one and half
     * of another.
     */
    static int endpointOf(FlowKey key) {
        final FlowCursor cursor = new FlowCursor();
        if (!TABLE.find(TABLE.hash(key), key, cursor)) {
            return NO_FLOW;
        }
        final FlowKey to = new FlowKey();
        FlowSlot.readTranslation(cursor.slot, to);
        final int tag = FlowSlot.tag(cursor.slot);
        if (!cursor.isStillValid()) {
            return NO_FLOW;
        }
        final int byAddress = (int) (to.addresses >>> 48);
        final int byPort = to.ports >>> 16;
        return byAddress == byPort && byPort == tag ? byAddress : MIXED;
    }

    /** Whether a reply from the endpoint is translated back. */
    static boolean isAnswered(FlowKey to) {
        final FlowKey reply = reply(to);
        return TABLE.find(TABLE.hash(reply), reply, new FlowCursor());
    }

    /** Ends the flow, if there is one. */
    static boolean end(FlowKey key) {
        final FlowCursor cursor = new FlowCursor();
        return TABLE.find(TABLE.hash(key), key, cursor)
                && TABLE.end(cursor.slot, cursor.control, FlowObserver.End.CLOSED, 0);
    }
}
