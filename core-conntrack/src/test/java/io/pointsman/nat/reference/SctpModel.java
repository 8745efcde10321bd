package io.pointsman.nat.reference;

import java.time.Duration;

/** State of an SCTP association as an observer sees it (RFC 9260, section 4), by the first chunk of each packet. */
final class SctpModel {
    enum State {
        NONE(0),
        /** State from INIT until COOKIE ACK. */
        SETUP(3),
        ESTABLISHED(210),
        SHUTDOWN(3),
        CLOSED(10);

        private final int seconds;

        State(int seconds) {
            this.seconds = seconds;
        }

        Duration timeout() {
            return Duration.ofSeconds(seconds);
        }
    }

    static final int DATA = 0;
    static final int INIT = 1;
    static final int ABORT = 6;
    static final int SHUTDOWN = 7;
    static final int SHUTDOWN_ACK = 8;
    static final int COOKIE_ECHO = 10;
    static final int COOKIE_ACK = 11;
    static final int SHUTDOWN_COMPLETE = 14;

    private SctpModel() {}

    /** The state that a first packet begins, or NONE when it can't begin an association. */
    static State begin(int chunk) {
        return chunk == INIT ? State.SETUP : State.NONE;
    }

    /** The state after a packet of a known association. */
    static State step(State now, int chunk) {
        return switch (chunk) {
            case ABORT, SHUTDOWN_COMPLETE -> State.CLOSED;
            case INIT -> now == State.CLOSED ? State.SETUP : now;
            case COOKIE_ACK -> now == State.SETUP ? State.ESTABLISHED : now;
            case SHUTDOWN, SHUTDOWN_ACK -> now == State.ESTABLISHED ? State.SHUTDOWN : now;
            default -> now;
        };
    }
}
