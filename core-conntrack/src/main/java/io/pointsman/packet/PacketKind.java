package io.pointsman.packet;

/** What the parser made of a packet. */
public enum PacketKind {
    /** TCP, UDP or SCTP, with its header. */
    TRANSPORT,
    /** An ICMP or ICMPv6 echo request or reply; its identifier stands for both ports. */
    ECHO,
    /** An ICMP or ICMPv6 error, which quotes another packet. */
    ICMP_ERROR,
    /** A fragment other than the first: it has no transport header. */
    LATER_FRAGMENT,
    /** Another protocol, or an ICMP message that is neither echo nor error. Its addresses are known. */
    OTHER,
    /** Neither IPv4 nor IPv6. */
    FAMILY_UNKNOWN,
    /** Shorter than its headers say. */
    TRUNCATED,
    /** A header contradicts itself or its packet. */
    BAD_HEADER,
    /** More IPv6 extension headers than are followed. */
    TOO_MANY_EXTENSIONS
}
