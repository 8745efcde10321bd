package io.pointsman.nat.reference;

import java.time.Duration;

/**
 * State of a TCP connection as an observer sees it: RFC 9293, section 3.3.2, as Linux's
 * net/netfilter/nf_conntrack_proto_tcp.c follows it, but as rules instead of a table.
 */
final class TcpModel {
    /** States of both ends, named from the connection's originator. */
    enum State {
        NONE(0),
        SYN_SENT(120),
        /** State after a SYN from each end: a simultaneous open. */
        SYN_SENT_BOTH(120),
        SYN_RECEIVED(60),
        ESTABLISHED(432_000),
        FIN_WAIT(120),
        CLOSE_WAIT(60),
        LAST_ACK(30),
        TIME_WAIT(120),
        CLOSE(10);

        private final int seconds;

        State(int seconds) {
            this.seconds = seconds;
        }

        /** Time that the flow stays without another packet. */
        Duration timeout() {
            return Duration.ofSeconds(seconds);
        }
    }

    /** Fate of the flow. */
    enum Fate {
        /** The packet is part of the connection, which is now in the step's state. */
        MOVES,
        /** The packet goes through, but proves nothing: neither state nor deadline change. */
        IGNORED,
        /** The packet can't be part of the connection. */
        INVALID,
        /** The old connection is over and this packet begins a new one. */
        REOPENS
    }

    /** The answer to one segment. */
    record Step(Fate fate, State state) {}

    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int PSH = 0x08;
    static final int ACK = 0x10;

    private TcpModel() {}

    /** The state that a first segment begins, or NONE when it can't begin a connection. */
    static State begin(int flags, boolean picksUpInTheMiddle) {
        return switch (flags & ~PSH) {
            case SYN -> State.SYN_SENT;
            case ACK -> picksUpInTheMiddle ? State.ESTABLISHED : State.NONE;
            default -> State.NONE;
        };
    }

    static Step step(State now, boolean fromOriginator, int flags) {
        return switch (flags & ~PSH) {
            case RST, RST | ACK -> moves(State.CLOSE);
            case SYN -> onSyn(now, fromOriginator);
            case SYN | ACK -> onSynAck(now, fromOriginator);
            case FIN | ACK -> onFin(now);
            case ACK -> onAck(now, fromOriginator);
            default -> invalid(now); // no TCP sends that
        };
    }

    private static Step onSyn(State now, boolean fromOriginator) {
        return switch (now) {
            case NONE -> invalid(now);
            case SYN_SENT -> moves(fromOriginator ? State.SYN_SENT : State.SYN_SENT_BOTH);
            case SYN_SENT_BOTH -> moves(State.SYN_SENT_BOTH);
            case SYN_RECEIVED, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK ->
                fromOriginator ? new Step(Fate.IGNORED, now) : invalid(now);
            case TIME_WAIT ->
                // The other end can't open again: its side of the tuple is not what it dials.
                new Step(fromOriginator ? Fate.REOPENS : Fate.IGNORED, fromOriginator ? State.SYN_SENT : now);
            case CLOSE -> fromOriginator ? new Step(Fate.REOPENS, State.SYN_SENT) : invalid(now);
        };
    }

    private static Step onSynAck(State now, boolean fromOriginator) {
        return switch (now) {
            case NONE -> invalid(now);
            case SYN_SENT -> fromOriginator ? invalid(now) : moves(State.SYN_RECEIVED);
            case SYN_SENT_BOTH -> moves(State.SYN_RECEIVED);
            case SYN_RECEIVED -> fromOriginator ? moves(State.SYN_RECEIVED) : new Step(Fate.IGNORED, now);
            case ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE ->
                fromOriginator ? invalid(now) : new Step(Fate.IGNORED, now);
        };
    }

    private static Step onFin(State now) {
        return switch (now) {
            case NONE, SYN_SENT, SYN_SENT_BOTH -> invalid(now);
            case SYN_RECEIVED, ESTABLISHED -> moves(State.FIN_WAIT);
            // The bystander does not know whose FIN it was: a second one counts as the other side's.
            case FIN_WAIT, CLOSE_WAIT, LAST_ACK -> moves(State.LAST_ACK);
            case TIME_WAIT, CLOSE -> moves(now);
        };
    }

    private static Step onAck(State now, boolean fromOriginator) {
        return switch (now) {
            case NONE -> invalid(now);
            case SYN_SENT, SYN_SENT_BOTH -> fromOriginator ? invalid(now) : new Step(Fate.IGNORED, now);
            case SYN_RECEIVED -> moves(fromOriginator ? State.ESTABLISHED : State.SYN_RECEIVED);
            case ESTABLISHED -> moves(State.ESTABLISHED);
            case FIN_WAIT, CLOSE_WAIT -> moves(State.CLOSE_WAIT);
            case LAST_ACK, TIME_WAIT -> moves(State.TIME_WAIT);
            case CLOSE -> moves(State.CLOSE);
        };
    }

    private static Step moves(State state) {
        return new Step(Fate.MOVES, state);
    }

    private static Step invalid(State now) {
        return new Step(Fate.INVALID, now);
    }
}
