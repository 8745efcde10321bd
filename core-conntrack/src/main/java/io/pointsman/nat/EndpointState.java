package io.pointsman.nat;

import io.pointsman.model.IpAddress;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * An endpoint of one service port, as flows refer to it: by a number, across plans, as long as a plan names it or a flow
 * is on it. Counts its flows.
 */
final class EndpointState {
    private static final VarHandle FLOWS;
    private static final int RETIRED =
            Integer.MIN_VALUE / 2; // far below what concurrent attempts could lift above zero

    static {
        try {
            FLOWS = MethodHandles.lookup().findVarHandle(EndpointState.class, "flows", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final int id;
    final IpAddress address;
    final long high;
    final long low;
    final int port;

    @SuppressWarnings("FieldMayBeFinal") // written through FLOWS
    private volatile int flows;

    EndpointState(int id, IpAddress address, int port) {
        this.id = id;
        this.address = address;
        this.high = address.high();
        this.low = address.low();
        this.port = port;
    }

    /** Flows on it now; a snapshot. */
    int flows() {
        return Math.max(0, flows);
    }

    /** Counts a flow. False: the number was given up meanwhile; look the rule up again. */
    boolean acquire() {
        if ((int) FLOWS.getAndAdd(this, 1) < 0) {
            FLOWS.getAndAdd(this, -1);
            return false;
        }
        return true;
    }

    void release() {
        FLOWS.getAndAdd(this, -1);
    }

    /** Gives the number up, unless a flow is on it. From then on {@link #acquire} refuses. */
    boolean retire() {
        return FLOWS.compareAndSet(this, 0, RETIRED);
    }

    /** Is this where the tuple's other end points? */
    boolean isAt(boolean ipv4, long otherHigh, long otherLow) {
        return low == otherLow && high == otherHigh && address.isIpv4() == ipv4;
    }
}
