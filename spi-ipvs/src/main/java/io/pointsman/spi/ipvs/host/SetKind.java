package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.ipset.Ipset;
import io.pointsman.linux.ipset.IpsetElement;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Origin;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Kinds of our ipsets; each has one set for each family. Elements are frontends as {@code address,protocol:port} unless
 * noted.
 */
public enum SetKind {
    /** Every frontend of the plan. */
    FRONTENDS(Ipset.Type.IP_PORT),
    /** Addresses that are VIPs and not the node's own. */
    VIPS(Ipset.Type.IP),
    /** Frontends that only some sources may use. */
    GUARDED(Ipset.Type.IP_PORT),
    /** A frontend and a range that may use it. */
    SOURCES(Ipset.Type.IP_PORT_NET),
    /** Frontends that refuse. */
    REJECT(Ipset.Type.IP_PORT),
    DROP_POD(Ipset.Type.IP_PORT),
    DROP_NODE(Ipset.Type.IP_PORT),
    DROP_EXT(Ipset.Type.IP_PORT),
    MASQ_POD(Ipset.Type.IP_PORT),
    MASQ_NODE(Ipset.Type.IP_PORT),
    MASQ_EXT(Ipset.Type.IP_PORT),
    /** Frontends with the firewall mark of another virtual server, to which connections of this origin go. */
    MARK_POD(Ipset.Type.IP_PORT),
    MARK_NODE(Ipset.Type.IP_PORT),
    MARK_EXT(Ipset.Type.IP_PORT);

    /** Prefix of the names of our sets; no other program's set has it. */
    public static final String PREFIX = "PTV";

    private final Ipset.Type type;

    SetKind(Ipset.Type type) {
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

    /** Name of the set for a family, such as {@code PTV4-DROP-POD}. */
    public String name(IpFamily family) {
        return prefix(family) + name().replace('_', '-');
    }

    private static String prefix(IpFamily family) {
        return PREFIX + (family == IpFamily.IPV4 ? "4-" : "6-");
    }

    public Ipset set(IpFamily family) {
        return new Ipset(name(family), type, family, this == MARK_POD || this == MARK_NODE || this == MARK_EXT);
    }

    /** Returns the element for a frontend. */
    public IpsetElement element(Protocol protocol, IpAddress address, int port) {
        return IpsetElement.of(set(address.family()), protocol, address, port);
    }

    /** Returns the element for a VIP in the set {@link #VIPS}. */
    public static IpsetElement vip(IpAddress address) {
        return IpsetElement.of(VIPS.set(address.family()), address);
    }

    /** Returns the sets of all kinds for these families. */
    public static List<Ipset> sets(Collection<IpFamily> families) {
        return families.stream()
                .flatMap(family -> Arrays.stream(values()).map(kind -> kind.set(family)))
                .toList();
    }

    /**
     * Set of health check node ports that accept packets of a family. It has no kind, because elements are never looked up
     * in it.
     */
    public static Ipset health(IpFamily family) {
        return new Ipset(prefix(family) + "HEALTH", Ipset.Type.PORT, family, false);
    }

    /** Returns the names that are those of our sets. */
    public static Set<String> ours(Collection<String> names) {
        final List<IpFamily> families = List.of(IpFamily.values());
        final Set<String> ours = new HashSet<>(names);
        ours.retainAll(Stream.concat(sets(families).stream(), families.stream().map(SetKind::health))
                .map(Ipset::name)
                .toList());
        return ours;
    }
}
