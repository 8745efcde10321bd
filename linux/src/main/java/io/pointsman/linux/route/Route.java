package io.pointsman.linux.route;

import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.Objects;
import java.util.Optional;

/**
 * A route with one next hop. A listed route with several next hops has its first.
 *
 * @param table {@link #MAIN}, {@link #LOCAL}, or a table of one's own
 * @param gateway next hop, of the destination's family
 * @param linkIndex index of the output interface; needed unless the gateway determines it
 * @param source preferred source address of packets that this host sends
 * @param metric smaller wins; 0 is the kernel's default
 * @param protocol maker of the route: {@link #BY_KERNEL}, {@link #BY_ADMINISTRATOR} or a number of one's own up to 255
 */
public record Route(
        Cidr destination,
        Type type,
        int table,
        Optional<IpAddress> gateway,
        Optional<Integer> linkIndex,
        Optional<IpAddress> source,
        int metric,
        int protocol) {
    public static final int MAIN = 254;
    public static final int LOCAL = 255;
    public static final int BY_KERNEL = 2;
    public static final int BY_ADMINISTRATOR = 4;

    /** Handling of a packet. The numbers are rtnetlink's RTN_*. */
    public enum Type {
        UNICAST(1),
        /** Delivered to this host, whatever its interfaces' addresses. */
        LOCAL(2),
        BROADCAST(3),
        ANYCAST(4),
        MULTICAST(5),
        BLACKHOLE(6),
        UNREACHABLE(7),
        PROHIBIT(8),
        THROW(9);

        private final int number;

        Type(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        static Optional<Type> of(int number) {
            for (Type type : values()) {
                if (type.number == number) {
                    return Optional.of(type);
                }
            }
            return Optional.empty();
        }
    }

    public Route {
        Objects.requireNonNull(destination, "destination");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(linkIndex, "linkIndex");
        if (gateway.map(IpAddress::family).orElse(destination.family()) != destination.family()
                || source.map(IpAddress::family).orElse(destination.family()) != destination.family()) {
            throw new IllegalArgumentException("a route to " + destination + " through another family");
        }
    }

    /** Creates a route to a directly attached network or host. */
    public static Route through(Cidr destination, int linkIndex) {
        return plain(destination, Type.UNICAST, MAIN, Optional.empty()).on(linkIndex);
    }

    /** Creates a route through a neighbour that an interface of this host reaches. */
    public static Route via(Cidr destination, IpAddress gateway) {
        return plain(destination, Type.UNICAST, MAIN, Optional.of(gateway));
    }

    /** Creates a route that makes this host accept packets to these addresses as its own. */
    public static Route local(Cidr destination, int linkIndex) {
        return plain(destination, Type.LOCAL, LOCAL, Optional.empty()).on(linkIndex);
    }

    private static Route plain(Cidr destination, Type type, int table, Optional<IpAddress> gateway) {
        return new Route(destination, type, table, gateway, Optional.empty(), Optional.empty(), 0, BY_ADMINISTRATOR);
    }

    public Route inTable(int newTable) {
        return new Route(destination, type, newTable, gateway, linkIndex, source, metric, protocol);
    }

    public Route on(int newLinkIndex) {
        return new Route(destination, type, table, gateway, Optional.of(newLinkIndex), source, metric, protocol);
    }

    public Route withSource(IpAddress newSource) {
        return new Route(destination, type, table, gateway, linkIndex, Optional.of(newSource), metric, protocol);
    }

    public Route withMetric(int newMetric) {
        return new Route(destination, type, table, gateway, linkIndex, source, newMetric, protocol);
    }

    public Route withProtocol(int newProtocol) {
        return new Route(destination, type, table, gateway, linkIndex, source, metric, newProtocol);
    }

    /** Returns the range of all addresses of a family. */
    public static Cidr everything(IpFamily family) {
        return new Cidr(IpAddress.unspecified(family), 0);
    }
}
