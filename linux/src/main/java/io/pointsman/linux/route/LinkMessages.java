package io.pointsman.linux.route;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.linux.netlink.NetlinkSocket;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Messages about interfaces: ifinfomsg (family:u8, pad, type:u16, index:s32, flags:u32, change:u32) and IFLA_*. */
final class LinkMessages {
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int FIXED_BYTES = 16;
    private static final int IFF_UP = 1;
    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_LINK = 5;
    private static final int IFLA_MASTER = 10;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_NET_NS_FD = 28;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_INFO_SLAVE_KIND = 4;
    private static final int IFLA_INFO_SLAVE_DATA = 5;
    private static final int VETH_INFO_PEER = 1;
    private static final int IFLA_BRPORT_MODE = 4; // hairpin
    private static final int HARDWARE_ADDRESS_BYTES = 6;
    private static final int NAME_LIMIT = 15; // IFNAMSIZ less its zero byte

    private LinkMessages() {}

    static List<Link> list(NetlinkSocket socket) throws KernelException {
        fixed(socket.request(RTM_GETLINK, 0), 0, 0, 0);
        return socket.dump("listing interfaces", message -> Optional.of(read(message)));
    }

    static Optional<Link> find(NetlinkSocket socket, String name) throws KernelException {
        fixed(socket.request(RTM_GETLINK, 0), 0, 0, 0).attributeText(IFLA_IFNAME, checked(name));
        try {
            return socket.query("looking for interface " + name, LinkMessages::read);
        } catch (KernelException e) {
            if (e.is(Errno.ENODEV)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    static Link require(NetlinkSocket socket, String name) throws KernelException {
        final Optional<Link> found = find(socket, name);
        if (found.isEmpty()) {
            throw new KernelException("looking for interface " + name, Errno.ENODEV);
        }
        return found.get();
    }

    private static Link read(NetlinkMessage message) {
        final Attributes attributes = message.attributes(FIXED_BYTES);
        final String kind = attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND);
        return new Link(
                message.u32(4),
                attributes.text(IFLA_IFNAME),
                kind.isEmpty() ? Optional.empty() : Optional.of(kind),
                index(attributes, IFLA_MASTER),
                index(attributes, IFLA_LINK),
                hardwareAddress(attributes.bytes(IFLA_ADDRESS)),
                attributes.u32(IFLA_MTU, 0),
                (message.u32(8) & IFF_UP) != 0);
    }

    private static Optional<String> hardwareAddress(byte[] bytes) {
        return bytes.length == HARDWARE_ADDRESS_BYTES
                ? Optional.of(HexFormat.ofDelimiter(":").formatHex(bytes))
                : Optional.empty();
    }

    private static Optional<Integer> index(Attributes attributes, int type) {
        return attributes.has(type) ? Optional.of(attributes.u32(type, 0)) : Optional.empty();
    }

    static void addVeth(NetlinkSocket socket, String name, String peerName, int peerNamespaceFd)
            throws KernelException {
        final MessageWriter writer = create(socket, name);
        final int info = writer.beginNested(IFLA_LINKINFO);
        writer.attributeText(IFLA_INFO_KIND, "veth");
        final int data = writer.beginNested(IFLA_INFO_DATA);
        final int peer = writer.beginNested(VETH_INFO_PEER);
        fixed(writer, 0, 0, 0).attributeText(IFLA_IFNAME, checked(peerName));
        if (peerNamespaceFd >= 0) {
            writer.attributeU32(IFLA_NET_NS_FD, peerNamespaceFd);
        }
        writer.endNested(peer).endNested(data).endNested(info);
        socket.execute("making interfaces " + name + " and " + peerName);
    }

    static void add(NetlinkSocket socket, String name, String kind) throws KernelException {
        final MessageWriter writer = create(socket, name);
        final int info = writer.beginNested(IFLA_LINKINFO);
        writer.attributeText(IFLA_INFO_KIND, kind).endNested(info);
        socket.execute("making interface " + name + " of kind " + kind);
    }

    private static MessageWriter create(NetlinkSocket socket, String name) {
        final int flags = MessageWriter.FLAG_CREATE | MessageWriter.FLAG_EXCL;
        return fixed(socket.request(RTM_NEWLINK, flags), 0, 0, 0).attributeText(IFLA_IFNAME, checked(name));
    }

    static void delete(NetlinkSocket socket, String name) throws KernelException {
        final int index = require(socket, name).index();
        fixed(socket.request(RTM_DELLINK, 0), index, 0, 0);
        socket.execute("deleting interface " + name);
    }

    static void setUp(NetlinkSocket socket, String name) throws KernelException {
        final int index = require(socket, name).index();
        fixed(socket.request(RTM_NEWLINK, 0), index, IFF_UP, IFF_UP);
        socket.execute("setting interface " + name + " up");
    }

    static void setMaster(NetlinkSocket socket, String name, String bridge) throws KernelException {
        final int index = require(socket, name).index();
        final int bridgeIndex = require(socket, bridge).index();
        fixed(socket.request(RTM_NEWLINK, 0), index, 0, 0).attributeU32(IFLA_MASTER, bridgeIndex);
        socket.execute("making interface " + name + " a port of " + bridge);
    }

    static void setHairpin(NetlinkSocket socket, String port, boolean on) throws KernelException {
        final int index = require(socket, port).index();
        final MessageWriter writer = fixed(socket.request(RTM_NEWLINK, 0), index, 0, 0);
        final int info = writer.beginNested(IFLA_LINKINFO);
        writer.attributeText(IFLA_INFO_SLAVE_KIND, "bridge");
        final int data = writer.beginNested(IFLA_INFO_SLAVE_DATA);
        writer.attributeU8(IFLA_BRPORT_MODE, on ? 1 : 0).endNested(data).endNested(info);
        socket.execute("setting hairpin mode of bridge port " + port);
    }

    static void move(NetlinkSocket socket, String name, int namespaceFd) throws KernelException {
        final int index = require(socket, name).index();
        fixed(socket.request(RTM_NEWLINK, 0), index, 0, 0).attributeU32(IFLA_NET_NS_FD, namespaceFd);
        socket.execute("moving interface " + name + " to another namespace");
    }

    private static MessageWriter fixed(MessageWriter writer, int index, int flags, int change) {
        return writer.u8(0).u8(0).u16(0).u32(index).u32(flags).u32(change);
    }

    private static String checked(String name) {
        if (name.isEmpty() || name.length() > NAME_LIMIT) {
            throw new IllegalArgumentException(
                    "interface name \"" + name + "\" does not have 1 to " + NAME_LIMIT + " characters");
        }
        return name;
    }
}
