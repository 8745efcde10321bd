package io.pointsman.packet;

/** IANA protocol numbers that the parser knows. */
final class Protocols {
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ICMPV6 = 58;
    static final int SCTP = 132;

    private Protocols() {}
}
