package io.pointsman.nat;

import io.pointsman.conntrack.FlowBinder;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowObserver;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.conntrack.FlowTracker;
import io.pointsman.conntrack.Timeouts;
import io.pointsman.packet.RawMemory;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * An IPv6 flow, whose slot is two lines, ends. Its tuple, and so most likely its slot, goes to a flow to another endpoint. A
 * batch that had found the slot before translates a packet from it, and then searches for a second one. Endpoints are 1 and
 * 2, read back from all four halves of the addresses and from the port, which must agree; 0: the packet was not changed.
 */
@JCStressTest
@State
@Outcome(id = "0, [02]", expect = Expect.ACCEPTABLE, desc = "while one flow was gone; then the next, or none yet")
@Outcome(id = "1, [012]", expect = Expect.ACCEPTABLE, desc = "before the change")
@Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "after it")
@Outcome(
        expect = Expect.FORBIDDEN,
        desc = "half of one flow and half of another, or an older flow after a newer one: the packet goes astray")
public class Ipv6SlotReuseStress {
    private static final int MIXED = 3;
    private static final int CAPACITY = 1 << 16;
    private static final long TIMEOUT_NANOS = 30_000_000_000L;
    private static final int UDP = IpProtocols.UDP;
    private static final int HEADER = 40;
    private static final int LENGTH = HEADER + PlainPackets.SHORTEST_TRANSPORT;
    private static final int PORTS = 0x0000_3412; // raw; an endpoint's port is its number

    private static final FlowTable TABLE = new FlowTable(CAPACITY, true, 42, (_, _, _, _) -> {});
    private static final ThreadLocal<FlowBinder> BINDER = ThreadLocal.withInitial(() -> new FlowBinder(TABLE));
    private static final ThreadLocal<PlainIpv6> PLAIN =
            ThreadLocal.withInitial(() -> new PlainIpv6(TABLE, new FlowTracker(Timeouts.DEFAULT, true, true)));
    private static final ThreadLocal<Long> PACKET = ThreadLocal.withInitial(
            () -> Arena.global().allocate(LENGTH, Long.BYTES).address());
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int id = NEXT.incrementAndGet();
    private final FlowKey key = tuple(id, 0);
    private final long slot;

    public Ipv6SlotReuseStress() {
        insert(1);
        final FlowCursor found = new FlowCursor();
        if (!TABLE.find(TABLE.hash(key), key, found)) {
            throw new IllegalStateException("the first flow is not there");
        }
        slot = found.slot;
    }

    /** A half of an address of a packet to an endpoint; 0 stands for the VIP. */
    private static long half(int id, int endpoint, int number) {
        return (long) endpoint << 56 | (long) number << 48 | id;
    }

    private static FlowKey tuple(int id, int endpoint) {
        final FlowKey tuple = new FlowKey();
        tuple.isIpv6 = true;
        tuple.protocol = UDP;
        tuple.ports = PORTS | endpoint << 16;
        tuple.sourceHigh = half(id, endpoint, 1);
        tuple.sourceLow = half(id, endpoint, 2);
        tuple.destinationHigh = half(id, endpoint, 3);
        tuple.destinationLow = half(id, endpoint, 4);
        return tuple;
    }

    private void insert(int endpoint) {
        final FlowBinder binder = BINDER.get();
        final FlowKey to = tuple(id, endpoint);
        if (binder.begin(key, TABLE.hash(key), 0) != FlowBinder.OK
                || binder.bindReply(key, to, binder.replyHash(to), 0, TIMEOUT_NANOS, endpoint, 0) != FlowBinder.OK
                || binder.commit() != FlowBinder.OK) {
            throw new IllegalStateException("nobody else used the tuple, yet it could not be inserted");
        }
    }

    private void end() {
        final FlowCursor found = new FlowCursor();
        if (TABLE.find(TABLE.hash(key), key, found)) {
            TABLE.end(found.slot, found.control, FlowObserver.End.CLOSED, 0);
        }
    }

    /** A datagram of the flow's client, without a checksum. */
    private void write(long packet) {
        RawMemory.setLong(packet, 0x60);
        RawMemory.setShortBe(packet + 4, LENGTH - HEADER);
        RawMemory.setByte(packet + 6, UDP);
        RawMemory.setLong(packet + 8, key.sourceHigh);
        RawMemory.setLong(packet + 16, key.sourceLow);
        RawMemory.setLong(packet + 24, key.destinationHigh);
        RawMemory.setLong(packet + 32, key.destinationLow);
        RawMemory.setInt(packet + HEADER, key.ports);
        RawMemory.setInt(packet + HEADER + 4, 0);
        RawMemory.setShortBe(packet + HEADER + 4, LENGTH - HEADER);
    }

    /** Endpoint of the packet; {@link #MIXED} if it does not agree with the fast path's result. */
    private int endpointOf(long packet, boolean isForwarded) {
        final int endpoint = RawMemory.getInt(packet + HEADER) >>> 16;
        for (int number = 1; number <= 4; number++) {
            if (RawMemory.getLong(packet + number * 8L) != half(id, endpoint, number)) {
                return MIXED;
            }
        }
        return isForwarded == (endpoint != 0) ? endpoint : MIXED;
    }

    @Actor
    public void reuse() {
        end();
        insert(2);
    }

    @Actor
    public void forward(II_Result result) {
        final PlainIpv6 plain = PLAIN.get();
        final long packet = PACKET.get();
        write(packet);
        final int outcome = plain.forward(RawMemory.pointer(packet), RawMemory.slotPointer(slot), 0);
        result.r1 = endpointOf(packet, outcome != PlainPackets.NOT_HANDLED);
        write(packet);
        result.r2 = endpointOf(packet, plain.forwardElsewhere(packet, plain.hash(packet, LENGTH), 0));
    }

    @Arbiter
    public void after(II_Result result) {
        end();
    }
}
