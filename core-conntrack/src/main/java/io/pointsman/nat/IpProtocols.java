package io.pointsman.nat;

import io.pointsman.model.Protocol;
import org.jspecify.annotations.Nullable;

/** IANA protocol numbers that the engine knows. */
public final class IpProtocols {
    public static final int TCP = 6;
    public static final int UDP = 17;
    static final int SCTP = 132;
    public static final int ICMP = 1;
    public static final int ICMPV6 = 58;

    private IpProtocols() {}

    /** Returns the protocol of an IANA number; null for one that no Service port may name. */
    public static @Nullable Protocol of(int number) {
        return switch (number) {
            case TCP -> Protocol.TCP;
            case UDP -> Protocol.UDP;
            case SCTP -> Protocol.SCTP;
            default -> null;
        };
    }
}
