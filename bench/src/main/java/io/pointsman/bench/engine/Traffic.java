package io.pointsman.bench.engine;

/**
 * Kinds of traffic. The first two visit every flow equally often, only TCP, in frames that already hold everything but
 * the flow's own fields. The others draw flows by Zipf's law, half of them TCP and half UDP, and write each packet whole;
 * the last draws a family for each packet.
 */
public enum Traffic {
    IPV4(false, false),
    IPV6(true, false),
    ZIPF_IPV4(false, true),
    ZIPF_IPV6(true, true),
    ZIPF_MIXED(true, true);

    final boolean isIpv6; // all flows, or half of them if mixed
    final boolean isZipf;

    Traffic(boolean isIpv6, boolean isZipf) {
        this.isIpv6 = isIpv6;
        this.isZipf = isZipf;
    }

    /** Returns 1 for an IPv6 flow, 0 for an IPv4 one. */
    int wide(int flow) {
        return this == ZIPF_MIXED ? flow & 1 : isIpv6 ? 1 : 0;
    }

    /** Returns 1 for a UDP flow, 0 for a TCP one. */
    int datagrams(int flow) {
        return isZipf ? flow >>> 1 & 1 : 0;
    }

    /** Returns the number of flows that each family's table must hold, for this number of flows in all. */
    int capacity(int flows) {
        return this == ZIPF_MIXED ? flows / 2 : flows;
    }
}
