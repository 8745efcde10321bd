package io.pointsman.packet;

/** Kind of a packet, as the parser found it. */
public enum PacketKind {
    /** TCP, UDP or SCTP with a transport header. */
    TRANSPORT,
    /** An ICMP or ICMPv6 echo request or reply; its identifier stands for both ports. */
    ECHO,
    /** An ICMP or ICMPv6 error. It quotes another packet. */
    ICMP_ERROR,
    /** A fragment other than the first: it has no transport header. */
    LATER_FRAGMENT,
    /** Any other protocol, or an ICMP message that is neither echo nor error. The addresses are known. */
    OTHER,
    /** A packet that is neither IPv4 nor IPv6. */
    FAMILY_UNKNOWN,
    /** A packet shorter than its headers say. */
    TRUNCATED,
    /** A packet with a header that contradicts itself or the packet. */
    BAD_HEADER,
    /** A packet with more IPv6 extension headers than the parser follows. */
    TOO_MANY_EXTENSIONS
}
