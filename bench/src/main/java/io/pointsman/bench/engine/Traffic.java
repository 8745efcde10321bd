package io.pointsman.bench.engine;

/**
 * What a benchmark sends. The first two visit every flow equally often, TCP, in frames that hold its header already but for the
 * flow's own fields. The others draw flows by Zipf's law, half of them TCP and half UDP, and write each packet whole; the last draws
 * a family for each packet.
 */
public enum Traffic {
    IPV4(false, false),
    IPV6(true, false),
    ZIPF_IPV4(false, true),
    ZIPF_IPV6(true, true),
    ZIPF_MIXED(true, true);

    final boolean isIpv6; // of all flows, or of every second
    final boolean isZipf;

    Traffic(boolean isIpv6, boolean isZipf) {
        this.isIpv6 = isIpv6;
        this.isZipf = isZipf;
    }

    /** 1 for a flow of IPv6, 0 for one of IPv4. */
    int wide(int flow) {
        return this == ZIPF_MIXED ? flow & 1 : isIpv6 ? 1 : 0;
    }

    /** 1 for a flow of UDP, 0 for one of TCP. */
    int datagrams(int flow) {
        return isZipf ? flow >>> 1 & 1 : 0;
    }

    /** Of this many flows, how many each family's table must hold. */
    int capacity(int flows) {
        return this == ZIPF_MIXED ? flows / 2 : flows;
    }
}
