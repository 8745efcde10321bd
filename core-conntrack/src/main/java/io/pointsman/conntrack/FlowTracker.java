package io.pointsman.conntrack;

import io.pointsman.packet.PacketView;
import io.pointsman.packet.RawMemory;
import java.time.Duration;

/**
 * Advances a flow's protocol state and deadline with each packet. Immutable; any thread. A new state is written to the
 * original slot's control word first and then copied to the reply slot's. A packet that changes no state touches the slot of
 * its own direction only.
 *
 * <p>States and timeouts follow Linux {@code net/netfilter/nf_conntrack_proto_{tcp,udp,sctp,icmp}.c}.
 */
public final class FlowTracker {
    /** Accepted. */
    public static final int OK = 0;
    /** Accepted; first packet of the reply direction. */
    public static final int FIRST_REPLY = 1;
    /** Accepted; last packet of the flow: call {@link FlowTable#end} after forwarding it. */
    public static final int LAST = 2;
    /** The packet is not valid in the flow's state. */
    public static final int INVALID = 3;
    /** A SYN that opens a new connection on this flow's tuple: end the flow and handle it as a first packet. */
    public static final int REOPENS = 4;
    /** The flow has ended: search again. */
    public static final int GONE = 5;
    /** A TCP segment outside the receiver's window. */
    public static final int OUT_OF_WINDOW = 6;

    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int SCTP = 132;
    private static final int TCP_CONTROL = PacketView.SYN | PacketView.FIN | PacketView.RST | PacketView.ACK;
    private static final int SCTP_HEADER = 12;

    private final long[] tcpNanos = new long[TcpState.STATES];
    private final int[] tcp = new int[TcpState.STATES];
    private final long[] sctpNanos = new long[5];
    private final int[] sctp = new int[5];
    private final int tcpEstablished;
    private final long udpUnrepliedNanos;
    private final int udpUnreplied;
    private final int udpStream;
    private final long echoNanos;
    private final int echo;
    private final boolean tcpLoose;
    private final SteadyStates steady;

    /**
     * Creates a tracker.
     *
     * @param tcpLoose accept TCP flows in mid-stream, as {@code nf_conntrack_tcp_loose}
     * @param tcpBeLiberal do not check TCP windows, as {@code nf_conntrack_tcp_be_liberal}; if false, the tables must keep
     *     windows
     */
    public FlowTracker(Timeouts timeouts, boolean tcpLoose, boolean tcpBeLiberal) {
        this.tcpLoose = tcpLoose;
        final Timeouts.Tcp times = timeouts.tcp();
        setTcp(TcpState.NONE, times.synSent());
        setTcp(TcpState.SYN_SENT, times.synSent());
        setTcp(TcpState.SYN_SENT2, times.synSent());
        setTcp(TcpState.SYN_RECEIVED, times.synReceived());
        setTcp(TcpState.ESTABLISHED, times.established());
        setTcp(TcpState.FIN_WAIT, times.finWait());
        setTcp(TcpState.CLOSE_WAIT, times.closeWait());
        setTcp(TcpState.LAST_ACK, times.lastAck());
        setTcp(TcpState.TIME_WAIT, times.timeWait());
        setTcp(TcpState.CLOSE, times.close());
        tcpEstablished = tcp[TcpState.ESTABLISHED];
        setSctp(0, timeouts.sctp().setup());
        setSctp(SctpState.SETUP, timeouts.sctp().setup());
        setSctp(SctpState.ESTABLISHED, timeouts.sctp().established());
        setSctp(SctpState.SHUTDOWN, timeouts.sctp().shutdown());
        setSctp(SctpState.CLOSED, timeouts.sctp().closed());
        udpUnrepliedNanos = timeouts.udpUnreplied().toNanos();
        udpUnreplied = Control.timeoutTicks(udpUnrepliedNanos);
        udpStream = Control.timeoutTicks(timeouts.udpStream().toNanos());
        steady = new SteadyStates(tcpBeLiberal, tcpEstablished, udpUnreplied, udpStream);
        echoNanos = timeouts.icmp().toNanos();
        echo = Control.timeoutTicks(echoNanos);
    }

    private void setTcp(int state, Duration timeout) {
        tcpNanos[state] = timeout.toNanos();
        tcp[state] = Control.timeoutTicks(timeout.toNanos());
    }

    private void setSctp(int state, Duration timeout) {
        sctpNanos[state] = timeout.toNanos();
        sctp[state] = Control.timeoutTicks(timeout.toNanos());
    }

    /**
     * Returns the initial protocol state for a first packet; {@link TcpState#INVALID} if the packet must not open a flow.
     */
    public int initialState(PacketView packet) {
        return switch (packet.protocol()) {
            case TCP -> {
                final int state = TcpState.next(false, TcpState.NONE, packet.tcpFlags());
                yield state == TcpState.SYN_SENT || (state == TcpState.ESTABLISHED && tcpLoose)
                        ? state
                        : TcpState.INVALID;
            }
            case SCTP -> SctpState.isStart(chunk(packet)) ? SctpState.SETUP : TcpState.INVALID;
            case UDP -> 0;
            default -> packet.isEchoRequest() ? 0 : TcpState.INVALID;
        };
    }

    /** Returns the timeout of a flow in its initial state, in nanoseconds. */
    public long initialTimeoutNanos(int protocol, int state) {
        return switch (protocol) {
            case TCP -> tcpNanos[state];
            case SCTP -> sctpNanos[state];
            case UDP -> udpUnrepliedNanos;
            default -> echoNanos;
        };
    }

    /**
     * Updates a flow for one packet; {@link FlowTable#find} gives slot and control word. Returns one of the constants above.
     */
    public int track(FlowTable table, long slot, long control, PacketView packet, long nowNanos) {
        final int protocol = packet.protocol();
        final int now = Control.tick(nowNanos);
        if (protocol == TCP) {
            if (steady.enough(control, 0) != SteadyStates.NOT_STEADY && unusualFlags(packet.tcpFlags()) == 0) {
                extend(slot, control, now, tcpEstablished);
                return OK;
            }
            return trackTcp(table, slot, control, packet, now);
        }
        if (protocol == UDP) {
            if (!Control.isReply(control) || Control.hasSeenReply(control)) {
                extend(slot, control, now, Control.hasSeenReply(control) ? udpStream : udpUnreplied);
                return OK;
            }
            return move(table, slot, control, 0, Control.SEEN_REPLY | Control.ASSURED, now, udpStream);
        }
        return protocol == SCTP
                ? trackSctp(table, slot, control, chunk(packet), now)
                : trackEcho(table, slot, control, now);
    }

    /** The states in which most packets find their flows. */
    public SteadyStates steadyStates() {
        return steady;
    }

    /** The flags of a TCP segment that may change its flow's state: 0 if only ACK is set of those that matter. */
    public static int unusualFlags(int tcpFlags) {
        return (tcpFlags & TCP_CONTROL) ^ PacketView.ACK;
    }

    /**
     * Extends the deadline of a steady flow that has not {@link SteadyStates#enough} left. If the slot has been reused meanwhile, the
     * new flow's deadline is as recent and changes by less than the slack.
     */
    public void extendDeadline(long slot, long nowNanos) {
        final long control = FlowSlot.controlAcquire(slot);
        final int protocol = FlowSlot.protocol(slot);
        if (protocol != TCP && protocol != UDP) {
            return;
        }
        if (steady.enough(control, protocol == TCP ? 0 : 1) != SteadyStates.NOT_STEADY
                && !Control.isExpiredAt(control, Control.deadlineBits(nowNanos))) {
            final int timeout =
                    protocol == TCP ? tcpEstablished : Control.hasSeenReply(control) ? udpStream : udpUnreplied;
            extend(slot, control, Control.tick(nowNanos), timeout);
        }
    }

    /** Extends a deadline unless enough time is left; another packet's concurrent change wins. */
    private static void extend(long slot, long control, int now, int timeout) {
        if (!Control.hasRemaining(control, Control.deadlineBitsOf(now), Control.remaining(timeout))) {
            FlowSlot.casControl(
                    slot,
                    control,
                    Control.withDeadline(control, Control.deadline(now, timeout + Control.slackTicks(timeout))));
        }
    }

    private int trackTcp(FlowTable table, long slot, long control, PacketView packet, int now) {
        final int flags = packet.tcpFlags();
        final boolean reply = Control.isReply(control);
        final long owner = reply ? table.pair(slot) : slot;
        final long known = FlowSlot.controlAcquire(owner);
        if (!Control.isLive(known) || !Control.isSameUse(control, FlowSlot.controlAcquire(slot))) {
            return GONE;
        }
        final int state = Control.protocolState(known);
        final int next = TcpState.next(reply, state, flags);
        if (next == TcpState.INVALID || next == TcpState.IGNORE) {
            return next == TcpState.INVALID ? INVALID : OK;
        }
        if (next == TcpState.SYN_SENT && state != TcpState.SYN_SENT) {
            return reply ? OK : REOPENS; // RFC 9293, section 3.6.1: a SYN in TIME-WAIT
        }
        if (!isInWindow(table, slot, packet, state)) {
            return OUT_OF_WINDOW;
        }
        final boolean answered = reply || Control.hasSeenReply(known);
        if (next == TcpState.CLOSE && reply && !Control.hasSeenReply(known)) {
            return LAST; // refused: nothing to wait for
        }
        long flagsToSet = reply ? Control.SEEN_REPLY : 0;
        if (answered
                && next == TcpState.ESTABLISHED
                && (state == TcpState.SYN_RECEIVED || state == TcpState.ESTABLISHED)) {
            flagsToSet |= Control.ASSURED;
        }
        return move(table, slot, control, next, flagsToSet, now, tcp[next]);
    }

    private static boolean isInWindow(FlowTable table, long slot, PacketView packet, int state) {
        final TcpWindows windows = table.windows;
        if (windows == null) {
            return true;
        }
        final boolean isSynSent = state == TcpState.SYN_SENT;
        final boolean isOpening = isSynSent || state == TcpState.SYN_RECEIVED;
        return windows.accepts(table.number(slot), FlowSlot.pair(slot), packet, isSynSent, isOpening);
    }

    /** Records the TCP window of a flow's first packet, after the flow was inserted. */
    public void begin(FlowTable table, long original, PacketView packet) {
        final TcpWindows windows = table.windows;
        if (windows != null && packet.protocol() == TCP) {
            windows.begin(table.number(original), FlowSlot.pair(original), packet);
        }
    }

    private int trackSctp(FlowTable table, long slot, long control, int chunk, int now) {
        final boolean reply = Control.isReply(control);
        final int state = Control.protocolState(control);
        final int next = SctpState.next(state, chunk);
        if (next == state && (!reply || Control.hasSeenReply(control))) {
            extend(slot, control, now, sctp[state]);
            return OK;
        }
        final long assured = next == SctpState.ESTABLISHED ? Control.ASSURED : 0;
        return move(table, slot, control, next, assured | (reply ? Control.SEEN_REPLY : 0), now, sctp[next]);
    }

    /** An echo flow is never assured: a full table may always drop it. */
    private int trackEcho(FlowTable table, long slot, long control, int now) {
        if (!Control.isReply(control) || Control.hasSeenReply(control)) {
            extend(slot, control, now, echo);
            return OK;
        }
        return move(table, slot, control, 0, Control.SEEN_REPLY, now, echo);
    }

    /** Sets protocol state, flags and deadline in both directions; the new deadline may be earlier. */
    private static int move(FlowTable table, long slot, long control, int state, long flags, int now, int timeout) {
        final long owner = Control.isReply(control) ? table.pair(slot) : slot;
        final int deadline = Control.deadline(now, timeout);
        while (true) { // terminates: each failed attempt is another thread's progress
            final long known = FlowSlot.controlAcquire(owner);
            if (!Control.isLive(known) || !Control.isSameUse(control, FlowSlot.controlAcquire(slot))) {
                return GONE;
            }
            final long next = Control.withDeadline(Control.withProtocolState(known | flags, state), deadline);
            if (FlowSlot.casControl(owner, known, next)) {
                mirror(table.pair(owner), next);
                final boolean isFirstReply = Control.hasSeenReply(next) && !Control.hasSeenReply(known);
                return isFirstReply ? FIRST_REPLY : OK;
            }
        }
    }

    private static void mirror(long reply, long owner) {
        while (true) { // terminates: each failed attempt is another thread's progress
            final long known = FlowSlot.controlAcquire(reply);
            if (!Control.isLive(known)) {
                return;
            }
            final long next = Control.mirroredFrom(known, owner);
            if (next == known || FlowSlot.casControl(reply, known, next)) {
                return;
            }
        }
    }

    /** Returns the type of an SCTP packet's first chunk; -1 if it has none. */
    private static int chunk(PacketView packet) {
        return packet.transportLength() > SCTP_HEADER
                ? RawMemory.getByte(packet.address() + packet.transportOffset() + SCTP_HEADER)
                : -1;
    }

    /** Returns the protocol state's name as the kernel prints it in {@code /proc/net/nf_conntrack}. */
    public static String stateName(int protocol, long control) {
        return switch (protocol) {
            case TCP -> TcpState.name(Control.protocolState(control));
            case SCTP -> SctpState.name(Control.protocolState(control));
            default -> Control.hasSeenReply(control) ? "ESTABLISHED" : "UNREPLIED";
        };
    }
}
