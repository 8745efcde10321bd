package io.pointsman.conntrack;

import java.time.Duration;
import java.util.Objects;

/**
 * Times that a flow lives without a packet, by protocol and state. Each is above zero and at most {@link #LONGEST}.
 *
 * @param udpUnreplied before the first reply
 * @param udpStream after packets in both directions
 * @param icmp an echo request before its reply
 */
public record Timeouts(Tcp tcp, Duration udpUnreplied, Duration udpStream, Sctp sctp, Duration icmp) {
    /** Longest timeout, a year: the table's clock could not tell a much later deadline from a past one. */
    public static final Duration LONGEST = Duration.ofDays(366);

    /** {@code udp_timeouts}, {@code nf_ct_icmp_timeout} of Linux net/netfilter/nf_conntrack_proto_udp.c and _icmp.c. */
    public static final Timeouts DEFAULT = new Timeouts(
            Tcp.DEFAULT, Duration.ofSeconds(30), Duration.ofSeconds(120), Sctp.DEFAULT, Duration.ofSeconds(30));

    /** Timeouts by TCP state, named as in {@link TcpState}. */
    public record Tcp(
            Duration synSent,
            Duration synReceived,
            Duration established,
            Duration finWait,
            Duration closeWait,
            Duration lastAck,
            Duration timeWait,
            Duration close) {
        /** {@code tcp_timeouts} of Linux net/netfilter/nf_conntrack_proto_tcp.c. */
        public static final Tcp DEFAULT = new Tcp(
                Duration.ofMinutes(2),
                Duration.ofSeconds(60),
                Duration.ofDays(5),
                Duration.ofMinutes(2),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                Duration.ofMinutes(2),
                Duration.ofSeconds(10));

        public Tcp {
            requireSane("tcp.syn-sent", synSent);
            requireSane("tcp.syn-received", synReceived);
            requireSane("tcp.established", established);
            requireSane("tcp.fin-wait", finWait);
            requireSane("tcp.close-wait", closeWait);
            requireSane("tcp.last-ack", lastAck);
            requireSane("tcp.time-wait", timeWait);
            requireSane("tcp.close", close);
        }
    }

    /** Timeouts by stage of an SCTP association. */
    public record Sctp(Duration setup, Duration established, Duration shutdown, Duration closed) {
        /** {@code sctp_timeouts} of Linux net/netfilter/nf_conntrack_proto_sctp.c. */
        public static final Sctp DEFAULT =
                new Sctp(Duration.ofSeconds(3), Duration.ofSeconds(210), Duration.ofSeconds(3), Duration.ofSeconds(10));

        public Sctp {
            requireSane("sctp.setup", setup);
            requireSane("sctp.established", established);
            requireSane("sctp.shutdown", shutdown);
            requireSane("sctp.closed", closed);
        }
    }

    public Timeouts {
        Objects.requireNonNull(tcp, "tcp");
        Objects.requireNonNull(sctp, "sctp");
        requireSane("udp-unreplied", udpUnreplied);
        requireSane("udp-stream", udpStream);
        requireSane("icmp", icmp);
    }

    private static void requireSane(String what, Duration timeout) {
        Objects.requireNonNull(timeout, what);
        if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("timeout " + what + " of " + timeout + " is not in 1 ns.." + LONGEST);
        }
    }
}
