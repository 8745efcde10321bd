package io.pointsman.linux.conntrack;

import java.util.Objects;

/**
 * A tracked connection, as the kernel reported it.
 *
 * @param original tuple of its first packet: to the VIP
 * @param reply tuple of its replies: from the endpoint
 * @param status the IPS_* bits ({@code nf_conntrack_common.h})
 * @param tcpState TCP_CONNTRACK_*, 1 SYN_SENT to 9; -1 for another protocol
 * @param mark all 32 bits
 * @param timeoutSeconds time until it expires without another packet; -1 if not reported
 * @param id the kernel's identifier while the connection lives
 * @param zone 0 to 65535
 * @param counters zero if the host does not count ({@code net.netfilter.nf_conntrack_acct})
 */
public record ConntrackEntry(
        ConntrackTuple original,
        ConntrackTuple reply,
        int status,
        int tcpState,
        int mark,
        long timeoutSeconds,
        int id,
        int zone,
        Counters counters) {
    public static final int SEEN_REPLY = 1 << 1;
    public static final int ASSURED = 1 << 2;
    public static final int CONFIRMED = 1 << 3;
    public static final int DESTINATION_NAT = 1 << 5;
    /** Status bit: the connection is in a flowtable, so most of its packets bypass connection tracking. */
    public static final int OFFLOADED = 1 << 14;

    private static final String[] TCP_STATES = {
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

    /** Packets and bytes in both directions. */
    public record Counters(long originalPackets, long originalBytes, long replyPackets, long replyBytes) {
        static final Counters NONE = new Counters(0, 0, 0, 0);
    }

    public ConntrackEntry {
        Objects.requireNonNull(original, "original");
        Objects.requireNonNull(reply, "reply");
        Objects.requireNonNull(counters, "counters");
    }

    public boolean has(int statusBit) {
        return (status & statusBit) != 0;
    }

    /** Whether the destination was translated. */
    public boolean isDnat() {
        return has(DESTINATION_NAT);
    }

    /** Whether the tuples show a translation: IPVS sets no status bit. */
    public boolean isTranslated() {
        return !reply.source().equals(original.destination()) || reply.sourcePort() != original.destinationPort();
    }

    /**
     * Returns TCP's state; for other protocols {@code UNREPLIED}, {@code REPLIED}, or {@code ASSURED} once there is a
     * stream.
     */
    public String state() {
        if (tcpState >= 0 && tcpState < TCP_STATES.length) {
            return TCP_STATES[tcpState];
        }
        return has(ASSURED) ? "ASSURED" : has(SEEN_REPLY) ? "REPLIED" : "UNREPLIED";
    }
}
