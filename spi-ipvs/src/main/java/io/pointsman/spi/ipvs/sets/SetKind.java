package io.pointsman.spi.ipvs.sets;

import io.pointsman.model.IpFamily;
import io.pointsman.plan.Origin;

/** The ipsets, one of each kind for each family. Elements are frontends as {@code address,protocol:port} unless said. */
public enum SetKind {
    /** Every frontend of the plan. */
    FRONTENDS(Type.IP_PORT),
    /** Addresses that are VIPs and not the node's own. */
    VIPS(Type.IP),
    /** Frontends that only some sources may use. */
    GUARDED(Type.IP_PORT),
    /** A frontend and a range that may use it. */
    SOURCES(Type.IP_PORT_NET),
    /** Frontends that refuse. */
    REJECT(Type.IP_PORT),
    DROP_POD(Type.IP_PORT),
    DROP_NODE(Type.IP_PORT),
    DROP_EXT(Type.IP_PORT),
    MASQ_POD(Type.IP_PORT),
    MASQ_NODE(Type.IP_PORT),
    MASQ_EXT(Type.IP_PORT),
    /** With the firewall mark of another virtual server that connections of this origin go to. */
    MARK_POD(Type.IP_PORT),
    MARK_NODE(Type.IP_PORT),
    MARK_EXT(Type.IP_PORT);

    /** All of ours, and no others', begin so. */
    public static final String PREFIX = "PTV";

    private final Type type;

    /** A type of the kernel's, in the first revision that knows marks: Linux 3.19. */
    private enum Type {
        IP("hash:ip", 4),
        IP_PORT("hash:ip,port", 5),
        IP_PORT_NET("hash:ip,port,net", 7);

        private final String text;
        private final int revision;

        Type(String text, int revision) {
            this.text = text;
            this.revision = revision;
        }
    }

    SetKind(Type type) {
        this.type = type;
    }

    public static SetKind drop(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> DROP_POD;
            case NODE -> DROP_NODE;
            case EXTERNAL -> DROP_EXT;
        };
    }

    public static SetKind masquerade(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> MASQ_POD;
            case NODE -> MASQ_NODE;
            case EXTERNAL -> MASQ_EXT;
        };
    }

    public static SetKind mark(Origin origin) {
        return switch (origin) {
            case LOCAL_POD -> MARK_POD;
            case NODE -> MARK_NODE;
            case EXTERNAL -> MARK_EXT;
        };
    }

    /** {@code PTV4-DROP-POD}. */
    public String name(IpFamily family) {
        return prefix(family) + name().replace('_', '-');
    }

    /** {@code PTV4-}. */
    static String prefix(IpFamily family) {
        return PREFIX + (family == IpFamily.IPV4 ? "4-" : "6-");
    }

    /** {@code hash:ip,port}. */
    String type() {
        return type.text;
    }

    int revision() {
        return type.revision;
    }

    /** Whether its elements carry marks. */
    boolean isMarked() {
        return this == MARK_POD || this == MARK_NODE || this == MARK_EXT;
    }
}
