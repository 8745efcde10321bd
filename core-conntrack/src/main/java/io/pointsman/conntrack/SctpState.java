package io.pointsman.conntrack;

/**
 * The stages of an SCTP association, by the first chunk of its packets (RFC 9260). Coarser than the states of Linux
 * net/netfilter/nf_conntrack_proto_sctp.c, with the same timeouts.
 */
public final class SctpState {
    public static final int SETUP = 1;
    public static final int ESTABLISHED = 2;
    public static final int SHUTDOWN = 3;
    public static final int CLOSED = 4;

    private static final int INIT = 1;
    private static final int ABORT = 6;
    private static final int SHUTDOWN_CHUNK = 7;
    private static final int SHUTDOWN_ACK = 8;
    private static final int COOKIE_ACK = 11;
    private static final int SHUTDOWN_COMPLETE = 14;

    private SctpState() {}

    /** Whether an association may start with this chunk. */
    public static boolean isStart(int chunk) {
        return chunk == INIT;
    }

    /** Returns the stage after a packet that starts with this chunk. */
    public static int next(int state, int chunk) {
        return switch (chunk) {
            case INIT -> state == CLOSED ? SETUP : state;
            case COOKIE_ACK -> state == SETUP ? ESTABLISHED : state;
            case SHUTDOWN_CHUNK, SHUTDOWN_ACK -> state == ESTABLISHED ? SHUTDOWN : state;
            case ABORT, SHUTDOWN_COMPLETE -> CLOSED;
            default -> state;
        };
    }

    public static String name(int state) {
        return switch (state) {
            case SETUP -> "SETUP";
            case ESTABLISHED -> "ESTABLISHED";
            case SHUTDOWN -> "SHUTDOWN";
            case CLOSED -> "CLOSED";
            default -> "?";
        };
    }
}
