package io.pointsman.nat.reference;

import io.pointsman.model.Protocol;

/** Protocols that the model follows: those of Service ports, and pings. */
public enum Transport {
    TCP,
    UDP,
    SCTP,
    /** ICMP and ICMPv6 echoes: both ports of their tuples are the identifier. */
    ECHO;

    public static Transport of(Protocol protocol) {
        return switch (protocol) {
            case TCP -> TCP;
            case UDP -> UDP;
            case SCTP -> SCTP;
        };
    }
}
