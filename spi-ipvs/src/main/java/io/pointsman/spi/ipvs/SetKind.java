package io.pointsman.spi.ipvs;

import io.pointsman.model.IpFamily;
import io.pointsman.plan.Origin;

/** The ipsets, one of each kind for each family. Elements are frontends as {@code address,protocol:port} unless said. */
enum SetKind {
    /** Every frontend of the plan. */
    FRONTENDS("hash:ip,port"),
    /** Addresses that are VIPs and not the node's own. */
    VIPS("hash:ip"),
    /** Frontends that only some sources may use. */
    GUARDED("hash:ip,port"),
    /** A frontend and a range that may use it. */
    SOURCES("hash:ip,port,net"),
    /** Frontends that refuse. */
    REJECT("hash:ip,port"),
    DROP_POD("hash:ip,port"),
    DROP_NODE("hash:ip,port"),
    DROP_EXT("hash:ip,port"),
    MASQ_POD("hash:ip,port"),
    MASQ_NODE("hash:ip,port"),
    MASQ_EXT("hash:ip,port"),
    /** With the firewall mark of another virtual server that connections of this origin go to. */
    MARK_POD("hash:ip,port"),
    MARK_NODE("hash:ip,port"),
    MARK_EXT("hash:ip,port");

    /** All of ours, and no others', begin so. */
    static final String PREFIX = "PTV";

    private static final int MAX_ELEMENTS = 1 << 20;

    private final String type;

    SetKind(String type) {
        this.type = type;
    }

    static SetKind drop(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> DROP_POD;
            case NODE -> DROP_NODE;
            case EXTERNAL -> DROP_EXT;
        };
    }

    static SetKind masquerade(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> MASQ_POD;
            case NODE -> MASQ_NODE;
            case EXTERNAL -> MASQ_EXT;
        };
    }

    static SetKind mark(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> MARK_POD;
            case NODE -> MARK_NODE;
            case EXTERNAL -> MARK_EXT;
        };
    }

    /** {@code PTV4-DROP-POD}. */
    String name(IpFamily family) {
        return PREFIX + (family == IpFamily.IPV4 ? "4-" : "6-") + name().replace('_', '-');
    }

    /** The line of {@code ipset restore} that makes it. */
    String create(IpFamily family) {
        final boolean isMark = this == MARK_POD || this == MARK_NODE || this == MARK_EXT;
        return "create " + name(family) + " " + type + " family " + (family == IpFamily.IPV4 ? "inet" : "inet6")
                + " maxelem " + MAX_ELEMENTS + (isMark ? " skbinfo" : "") + "\n";
    }
}
