package io.pointsman.conntrack;

/**
 * Table of the states in which a plain packet of a TCP or UDP flow changes nothing but the deadline. The low bits of a control word
 * select an entry: the time that must be left for the deadline to stay as well. A table, because the processor can't predict a
 * branch on the protocol in mixed traffic. Immutable; any thread.
 */
public final class SteadyStates {
    /** Result for a state that the packet may change: more than is ever left until a deadline. */
    public static final long NOT_STEADY = Long.MAX_VALUE;

    private static final int KEY_BITS = 10; // of a control word: everything below the generation that has a meaning
    private static final int KEY_MASK = (1 << KEY_BITS) - 1;

    // Control bits of a TCP flow whose state a plain ACK segment does not change.
    private static final long TCP_STEADY =
            Control.withProtocolState(Control.LIVE | Control.SEEN_REPLY | Control.ASSURED, TcpState.ESTABLISHED);
    private static final long TCP_MASK =
            Control.withProtocolState(Control.STATE_MASK | Control.SEEN_REPLY | Control.ASSURED, 0xF);

    private final long[] enough = new long[2 << KEY_BITS]; // by the key, those of UDP behind those of TCP

    /**
     * @param isTcpSteady false if every segment must take the full check
     * @param tcpEstablished timeout in ticks, as the others
     */
    SteadyStates(boolean isTcpSteady, int tcpEstablished, int udpUnreplied, int udpStream) {
        for (int control = 0; control <= KEY_MASK; control++) {
            enough[control] =
                    isTcpSteady && (control & TCP_MASK) == TCP_STEADY ? Control.remaining(tcpEstablished) : NOT_STEADY;
            final boolean isAnswered = Control.hasSeenReply(control);
            enough[control | (1 << KEY_BITS)] = Control.isLive(control) && (isAnswered || !Control.isReply(control))
                    ? Control.remaining(isAnswered ? udpStream : udpUnreplied)
                    : NOT_STEADY;
        }
    }

    /**
     * Returns the time that must be left for the deadline to stay as it is, for {@link Control#hasRemaining}; {@link #NOT_STEADY}
     * if the state may change. A TCP segment must have only ACK set of the flags that matter.
     *
     * @param udp 1 for a UDP flow, 0 for a TCP flow
     */
    public long enough(long control, int udp) {
        return enough[((int) control & KEY_MASK) | (udp << KEY_BITS)];
    }
}
