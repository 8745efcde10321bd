package io.pointsman.linux.ipvs;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/** Attributes of family IPVS ({@code include/uapi/linux/ip_vs.h}): virtual servers and their destinations. */
final class IpvsMessages {
    static final String FAMILY = "IPVS";
    static final int VERSION = 1;

    static final int NEW_SERVICE = 1;
    static final int SET_SERVICE = 2;
    static final int DEL_SERVICE = 3;
    static final int GET_SERVICE = 4;
    static final int NEW_DEST = 5;
    static final int SET_DEST = 6;
    static final int DEL_DEST = 7;
    static final int GET_DEST = 8;
    static final int GET_INFO = 15;

    static final int ATTR_SERVICE = 1;
    static final int ATTR_DEST = 2;
    private static final int INFO_VERSION = 1;

    private static final int SVC_AF = 1;
    private static final int SVC_PROTOCOL = 2;
    private static final int SVC_ADDR = 3;
    private static final int SVC_PORT = 4;
    private static final int SVC_FWMARK = 5;
    private static final int SVC_SCHED_NAME = 6;
    private static final int SVC_FLAGS = 7;
    private static final int SVC_TIMEOUT = 8;
    private static final int SVC_NETMASK = 9;
    private static final int SVC_STATS64 = 12;

    private static final int STATS_CONNECTIONS = 1;
    private static final int STATS_PACKETS_IN = 2;
    private static final int STATS_PACKETS_OUT = 3;
    private static final int STATS_BYTES_IN = 4;
    private static final int STATS_BYTES_OUT = 5;

    private static final int DEST_ADDR = 1;
    private static final int DEST_PORT = 2;
    private static final int DEST_FWD_METHOD = 3;
    private static final int DEST_WEIGHT = 4;
    private static final int DEST_U_THRESH = 5;
    private static final int DEST_L_THRESH = 6;
    private static final int DEST_ACTIVE_CONNS = 7;
    private static final int DEST_INACT_CONNS = 8;
    private static final int DEST_ADDR_FAMILY = 11;

    private static final int MASQUERADING = 0;
    private static final int ADDRESS_BYTES = 16;

    private IpvsMessages() {}

    /** Writes the key of a virtual server. */
    static void writeKey(MessageWriter writer, ServerKey key) {
        final int nest = writer.beginNested(ATTR_SERVICE);
        writeKeyFields(writer, key);
        writer.endNested(nest);
    }

    private static void writeKeyFields(MessageWriter writer, ServerKey key) {
        writer.attributeU16(SVC_AF, AddressFamily.number(key.family()));
        if (key.isMark()) {
            writer.attributeU32(SVC_FWMARK, key.mark());
        } else {
            writer.attributeU16(
                    SVC_PROTOCOL, key.protocol().map(Protocol::number).orElse(0));
            writer.attributeBytes(SVC_ADDR, padded(key.address()));
            writer.attributeBe16(SVC_PORT, key.port());
        }
    }

    /** Writes the key and the settings of a virtual server. */
    static void writeServer(MessageWriter writer, ServerKey key, ServerSpec spec) {
        final int nest = writer.beginNested(ATTR_SERVICE);
        writeKeyFields(writer, key);
        writer.attributeText(SVC_SCHED_NAME, spec.scheduler());
        writer.attributeBytes(
                SVC_FLAGS,
                ByteBuffer.allocate(8)
                        .order(ByteOrder.nativeOrder())
                        .putInt(spec.flags())
                        .putInt(ServerSpec.SETTABLE)
                        .array());
        writer.attributeU32(SVC_TIMEOUT, spec.timeoutSeconds());
        writer.attributeU32(SVC_NETMASK, key.family() == IpFamily.IPV4 ? -1 : IpFamily.IPV6.bits());
        writer.endNested(nest);
    }

    /** Writes the key and the settings of a destination. */
    static void writeDestination(MessageWriter writer, Destination destination, int weight) {
        final int nest = writer.beginNested(ATTR_DEST);
        writeDestinationKey(writer, destination);
        writer.attributeU32(DEST_FWD_METHOD, MASQUERADING);
        writer.attributeU32(DEST_WEIGHT, weight);
        writer.attributeU32(DEST_U_THRESH, 0);
        writer.attributeU32(DEST_L_THRESH, 0);
        writer.endNested(nest);
    }

    /** Writes the key of a destination. */
    static void writeDestination(MessageWriter writer, Destination destination) {
        final int nest = writer.beginNested(ATTR_DEST);
        writeDestinationKey(writer, destination);
        writer.endNested(nest);
    }

    private static void writeDestinationKey(MessageWriter writer, Destination destination) {
        writer.attributeU16(DEST_ADDR_FAMILY, AddressFamily.number(destination.address()));
        writer.attributeBytes(DEST_ADDR, padded(destination.address()));
        writer.attributeBe16(DEST_PORT, destination.port());
    }

    private static byte[] padded(IpAddress address) {
        return Arrays.copyOf(address.toBytes(), ADDRESS_BYTES);
    }

    /**
     * Reads the counters of a virtual server; empty for an unknown family or protocol, or if the kernel sends no 64-bit
     * counters.
     */
    static Optional<ServerCounts> readCounts(Attributes message) {
        final Attributes counts = message.nested(ATTR_SERVICE).nested(SVC_STATS64);
        return counts.has(STATS_CONNECTIONS)
                ? readServer(message)
                        .map(server -> new ServerCounts(
                                server.key(),
                                counts.u64(STATS_CONNECTIONS, 0),
                                counts.u64(STATS_PACKETS_IN, 0),
                                counts.u64(STATS_PACKETS_OUT, 0),
                                counts.u64(STATS_BYTES_IN, 0),
                                counts.u64(STATS_BYTES_OUT, 0)))
                : Optional.empty();
    }

    /** Reads a virtual server; empty for an unknown family or protocol. */
    static Optional<FoundServer> readServer(Attributes message) {
        final Attributes service = message.nested(ATTR_SERVICE);
        final Optional<IpFamily> family = AddressFamily.of(service.u16(SVC_AF, 0));
        if (family.isEmpty()) {
            return Optional.empty();
        }
        final int flags = ByteBuffer.wrap(Arrays.copyOf(service.bytes(SVC_FLAGS), 4))
                .order(ByteOrder.nativeOrder())
                .getInt();
        final boolean isPersistent = (flags & ServerSpec.PERSISTENT) != 0;
        final ServerSpec spec = new ServerSpec(
                service.text(SVC_SCHED_NAME),
                flags & ServerSpec.SETTABLE,
                isPersistent ? service.u32(SVC_TIMEOUT, 0) : 0);
        final int mark = service.u32(SVC_FWMARK, 0);
        if (mark != 0) {
            return Optional.of(new FoundServer(ServerKey.ofMark(family.get(), mark), spec));
        }
        final int protocol = service.u16(SVC_PROTOCOL, 0);
        return Arrays.stream(Protocol.values())
                .filter(word -> word.number() == protocol)
                .findFirst()
                .map(word -> new FoundServer(
                        ServerKey.of(word, address(family.get(), service.bytes(SVC_ADDR)), service.be16(SVC_PORT, 0)),
                        spec));
    }

    /** Reads the destination in a message about a virtual server of this family; empty if it has no valid address. */
    static Optional<FoundDestination> readDestination(Attributes message, IpFamily serverFamily) {
        final Attributes dest = message.nested(ATTR_DEST);
        final IpFamily family = AddressFamily.of(dest.u16(DEST_ADDR_FAMILY, AddressFamily.number(serverFamily)))
                .orElse(serverFamily);
        final byte[] bytes = dest.bytes(DEST_ADDR);
        if (bytes.length != ADDRESS_BYTES) {
            return Optional.empty();
        }
        return Optional.of(new FoundDestination(
                new Destination(address(family, bytes), dest.be16(DEST_PORT, 0)),
                dest.u32(DEST_WEIGHT, 0),
                (dest.u32(DEST_FWD_METHOD, MASQUERADING) & 7) == MASQUERADING,
                dest.u32(DEST_ACTIVE_CONNS, 0) + dest.u32(DEST_INACT_CONNS, 0)));
    }

    private static IpAddress address(IpFamily family, byte[] bytes) {
        return IpAddress.ofBytes(Arrays.copyOf(bytes, family.bits() / 8));
    }

    /** Reads the version of IPVS: {@code 1.2.1}. */
    static String readVersion(Attributes message) {
        final int version = message.u32(INFO_VERSION, 0);
        return (version >> 16 & 0xFF) + "." + (version >> 8 & 0xFF) + "." + (version & 0xFF);
    }
}
