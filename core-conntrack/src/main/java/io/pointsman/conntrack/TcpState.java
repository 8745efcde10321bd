package io.pointsman.conntrack;

/**
 * The states of a TCP flow and how segments move it between them: the table of Linux net/netfilter/nf_conntrack_proto_tcp.c.
 * Plain numbers, because they are stored in a control word.
 */
public final class TcpState {
    public static final int NONE = 0;
    public static final int SYN_SENT = 1;
    public static final int SYN_RECEIVED = 2;
    public static final int ESTABLISHED = 3;
    public static final int FIN_WAIT = 4;
    public static final int CLOSE_WAIT = 5;
    public static final int LAST_ACK = 6;
    public static final int TIME_WAIT = 7;
    public static final int CLOSE = 8;
    /** SYN from both sides. */
    public static final int SYN_SENT2 = 9;

    static final int STATES = 10;

    /** The segment can't belong to the connection. */
    public static final int INVALID = 14;
    /** The segment is accepted and changes no state: the receiver decides about it. */
    public static final int IGNORE = 15;

    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;
    private static final int PSH_URG_ECE_CWR = 0xE8;

    private static final int SYN_SEGMENT = 0;
    private static final int SYN_ACK_SEGMENT = 1;
    private static final int FIN_SEGMENT = 2;
    private static final int ACK_SEGMENT = 3;
    private static final int RST_SEGMENT = 4;
    private static final int OTHER_SEGMENT = 5;

    private static final String[] NAMES = {
        "NONE",
        "SYN_SENT",
        "SYN_RECV",
        "ESTABLISHED",
        "FIN_WAIT",
        "CLOSE_WAIT",
        "LAST_ACK",
        "TIME_WAIT",
        "CLOSE",
        "SYN_SENT2"
    };

    // One hexadecimal digit for each state, NONE to SYN_SENT2: the state after the segment; e: invalid, f: ignored.
    private static final String[] FROM_CLIENT = {
        "11fffff119", // SYN
        "ee2eeeeee2", // SYN and ACK
        "ee4466678e", // FIN
        "3e3355778e", // ACK
        "e888888888", // RST
        "eeeeeeeeee" // none of them
    };
    private static final String[] FROM_SERVER = {
        "e9eeeee1e9", // SYN
        "e2fffffff2", // SYN and ACK
        "ee4466678e", // FIN
        "ef2355778f", // ACK
        "e888888888", // RST
        "eeeeeeeeee" // none of them
    };
    private static final byte[] NEXT = table();

    private TcpState() {}

    private static byte[] table() {
        final byte[] table = new byte[2 * 6 * 16];
        for (int segment = 0; segment < 6; segment++) {
            for (int state = 0; state < STATES; state++) {
                table[index(false, segment, state)] = (byte) Character.digit(FROM_CLIENT[segment].charAt(state), 16);
                table[index(true, segment, state)] = (byte) Character.digit(FROM_SERVER[segment].charAt(state), 16);
            }
        }
        return table;
    }

    private static int index(boolean reply, int segment, int state) {
        return ((reply ? 6 : 0) + segment) * 16 + state;
    }

    /**
     * Returns the state after a segment, {@link #INVALID} or {@link #IGNORE}.
     *
     * @param flags byte 13 of the TCP header
     */
    public static int next(boolean reply, int state, int flags) {
        return isValid(flags) ? NEXT[index(reply, segment(flags), state)] : INVALID;
    }

    /**
     * Whether TCP may send this combination of flags; {@code tcp_valid_flags} of the kernel file. PSH, ECE and CWR go with
     * any.
     */
    static boolean isValid(int flags) {
        return switch (flags & ~PSH_URG_ECE_CWR & 0xFF) {
            case SYN, SYN | ACK, RST, RST | ACK, FIN | ACK, ACK -> true;
            default -> false;
        };
    }

    private static int segment(int flags) {
        if ((flags & RST) != 0) {
            return RST_SEGMENT;
        }
        if ((flags & SYN) != 0) {
            return (flags & ACK) != 0 ? SYN_ACK_SEGMENT : SYN_SEGMENT;
        }
        if ((flags & FIN) != 0) {
            return FIN_SEGMENT;
        }
        return (flags & ACK) != 0 ? ACK_SEGMENT : OTHER_SEGMENT;
    }

    /** Returns the state's name as the kernel prints it; "?" for an unknown state. */
    public static String name(int state) {
        return state < STATES ? NAMES[state] : "?";
    }
}
