package io.pointsman.linux.conntrack;

import java.util.Objects;

/**
 * A tracked connection, as the kernel told of it.
 *
 * @param original as its first packet was: to the VIP
 * @param reply as its answers come: from the endpoint
 * @param status the IPS_* bits ({@code nf_conntrack_common.h})
 * @param tcpState TCP_CONNTRACK_*, 1 SYN_SENT to 9; -1 for another protocol
 * @param mark all 32 bits
 * @param timeoutSeconds how long it lives on without a packet; -1 when not told
 * @param id the kernel's name for it while it lives
 * @param zone 0 to 65535
 * @param counters zero where the host does not count ({@code net.netfilter.nf_conntrack_acct})
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
    public static final int SOURCE_NAT = 1 << 4;
    public static final int DESTINATION_NAT = 1 << 5;
    /** It is in a flowtable: most of its packets pass connection tracking by. */
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

    /** The same by the tuples: IPVS sets no bit that says so. */
    public boolean isTranslated() {
        return !reply.source().equals(original.destination()) || reply.sourcePort() != original.destinationPort();
    }

    /** TCP's state; else {@code UNREPLIED}, {@code REPLIED}, or {@code ASSURED} once there is a stream. */
    public String state() {
        if (tcpState >= 0 && tcpState < TCP_STATES.length) {
            return TCP_STATES[tcpState];
        }
        return has(ASSURED) ? "ASSURED" : has(SEEN_REPLY) ? "REPLIED" : "UNREPLIED";
    }
}
