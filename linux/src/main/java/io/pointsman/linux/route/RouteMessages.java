package io.pointsman.linux.route;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkBatch;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.linux.netlink.NetlinkSocket;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.Optional;

/**
 * Messages about routes: rtmsg (family:u8, destination length:u8, source length:u8, tos:u8, table:u8, protocol:u8,
 * scope:u8, type:u8, flags:u32) and RTA_*.
 */
final class RouteMessages {
    private static final int RTM_NEWROUTE = 24;
    private static final int RTM_DELROUTE = 25;
    private static final int RTM_GETROUTE = 26;
    private static final int FIXED_BYTES = 12;
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PRIORITY = 6;
    private static final int RTA_PREFSRC = 7;
    private static final int RTA_MULTIPATH = 9;
    private static final int RTA_TABLE = 15;
    private static final int RTNEXTHOP_BYTES = 8;
    private static final int ATTRIBUTE_HEADER_BYTES = 4;
    private static final int SCOPE_UNIVERSE = 0;
    private static final int SCOPE_LINK = 253;
    private static final int SCOPE_HOST = 254;
    private static final int SCOPE_NOWHERE = 255;
    private static final int RTM_F_CLONED = 0x200; // a cached IPv6 exception, not a route

    private RouteMessages() {}

    static List<Route> list(NetlinkSocket socket, IpFamily family) throws KernelException {
        fixed(socket.request(RTM_GETROUTE, 0), family, 0, 0, 0, SCOPE_UNIVERSE, 0);
        return socket.dump("listing " + family + " routes", message -> read(message, family));
    }

    private static Optional<Route> read(NetlinkMessage message, IpFamily family) {
        final Optional<Route.Type> type = Route.Type.of(message.u8(7));
        if (type.isEmpty() || message.u8(0) != AddressFamily.number(family) || (message.u32(8) & RTM_F_CLONED) != 0) {
            return Optional.empty();
        }
        final Attributes attributes = message.attributes(FIXED_BYTES);
        final IpAddress destination = attributes.address(RTA_DST).orElse(IpAddress.unspecified(family));
        return Optional.of(new Route(
                new Cidr(destination, message.u8(1)),
                type.get(),
                attributes.u32(RTA_TABLE, message.u8(4)),
                attributes.address(RTA_GATEWAY).or(() -> firstHop(attributes).address(RTA_GATEWAY)),
                outLink(attributes),
                attributes.address(RTA_PREFSRC),
                attributes.u32(RTA_PRIORITY, 0),
                message.u8(5)));
    }

    private static Attributes firstHop(Attributes attributes) {
        return attributes.behind(RTA_MULTIPATH, RTNEXTHOP_BYTES);
    }

    /** Asks the kernel for the output interface of a packet to this address; empty if there is no route. */
    static Optional<Integer> linkTo(NetlinkSocket socket, IpAddress address) throws KernelException {
        fixed(
                        socket.request(RTM_GETROUTE, 0),
                        address.family(),
                        address.family().bits(),
                        0,
                        0,
                        SCOPE_UNIVERSE,
                        0)
                .attributeAddress(RTA_DST, address);
        try {
            return socket.query(
                            "looking up the route to " + address, message -> outLink(message.attributes(FIXED_BYTES)))
                    .flatMap(link -> link);
        } catch (KernelException e) {
            if (e.is(Errno.ENETUNREACH) || e.is(Errno.EHOSTUNREACH)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static Optional<Integer> outLink(Attributes attributes) {
        return attributes.has(RTA_OIF) ? Optional.of(attributes.u32(RTA_OIF, 0)) : Optional.empty();
    }

    static void add(NetlinkSocket socket, Route route, boolean replace) throws KernelException {
        final int mode = MessageWriter.FLAG_CREATE | (replace ? MessageWriter.FLAG_REPLACE : MessageWriter.FLAG_EXCL);
        write(socket.request(RTM_NEWROUTE, mode), route, scope(route), route.protocol());
        socket.execute("adding " + route);
    }

    /** Writes one route with a next hop of equal weight for each gateway; without gateways, packets are dropped. */
    static void replace(NetlinkSocket socket, Cidr destination, List<IpAddress> gateways) throws KernelException {
        final Route.Type type = gateways.isEmpty() ? Route.Type.BLACKHOLE : Route.Type.UNICAST;
        final MessageWriter writer = fixed(
                socket.request(RTM_NEWROUTE, MessageWriter.FLAG_CREATE | MessageWriter.FLAG_REPLACE),
                destination.family(),
                destination.prefixLength(),
                Route.MAIN,
                Route.BY_ADMINISTRATOR,
                SCOPE_UNIVERSE,
                type.number());
        writer.attributeAddress(RTA_DST, destination.address());
        if (!gateways.isEmpty()) {
            nextHops(writer, gateways);
        }
        socket.execute("adding a route to " + destination + " through " + gateways);
    }

    /**
     * Writes RTA_MULTIPATH: for each next hop rtnexthop (length:u16, flags:u8, weight-1:u8, interface:u32) and its
     * attributes.
     */
    private static void nextHops(MessageWriter writer, List<IpAddress> gateways) {
        final int start = writer.beginUnmarked(RTA_MULTIPATH);
        for (IpAddress gateway : gateways) {
            writer.u16(RTNEXTHOP_BYTES + ATTRIBUTE_HEADER_BYTES + gateway.toBytes().length)
                    .u8(0)
                    .u8(0)
                    .u32(0)
                    .attributeAddress(RTA_GATEWAY, gateway);
        }
        writer.endNested(start);
    }

    static void delete(NetlinkSocket socket, Route route) throws KernelException {
        write(socket.request(RTM_DELROUTE, 0), route, SCOPE_NOWHERE, route.protocol());
        socket.execute("deleting " + route);
    }

    static void add(NetlinkBatch batch, Route route) {
        final int mode = MessageWriter.FLAG_CREATE | MessageWriter.FLAG_EXCL;
        write(batch.add(RTM_NEWROUTE, mode, route), route, scope(route), route.protocol());
    }

    static void delete(NetlinkBatch batch, Route route) {
        write(batch.add(RTM_DELROUTE, 0, route), route, SCOPE_NOWHERE, route.protocol());
    }

    private static int scope(Route route) {
        return switch (route.type()) {
            case LOCAL -> SCOPE_HOST;
            case UNICAST -> route.gateway().isPresent() ? SCOPE_UNIVERSE : SCOPE_LINK;
            case BROADCAST, ANYCAST, MULTICAST -> SCOPE_LINK;
            case BLACKHOLE, UNREACHABLE, PROHIBIT, THROW -> SCOPE_UNIVERSE;
        };
    }

    private static void write(MessageWriter writer, Route route, int scope, int protocol) {
        final Cidr destination = route.destination();
        final int shortTable = route.table() > 255 ? 0 : route.table();
        fixed(
                writer,
                destination.family(),
                destination.prefixLength(),
                shortTable,
                protocol,
                scope,
                route.type().number());
        writer.attributeAddress(RTA_DST, destination.address());
        writer.attributeU32(RTA_TABLE, route.table());
        route.gateway().ifPresent(gateway -> writer.attributeAddress(RTA_GATEWAY, gateway));
        route.linkIndex().ifPresent(index -> writer.attributeU32(RTA_OIF, index));
        route.source().ifPresent(source -> writer.attributeAddress(RTA_PREFSRC, source));
        if (route.metric() != 0) {
            writer.attributeU32(RTA_PRIORITY, route.metric());
        }
    }

    private static MessageWriter fixed(
            MessageWriter writer, IpFamily family, int prefix, int table, int protocol, int scope, int type) {
        return writer.u8(AddressFamily.number(family))
                .u8(prefix)
                .u8(0)
                .u8(0)
                .u8(table)
                .u8(protocol)
                .u8(scope)
                .u8(type)
                .u32(0);
    }
}
