package io.pointsman.linux.conntrack;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.Optional;

/** Messages about tracked connections: nfgenmsg (family:u8, version:u8, resource:be16) and CTA_*, in network order. */
final class EntryMessages {
    static final int NEW = 1 << 8;
    static final int GET = 1 << 8 | 1;
    static final int DELETE = 1 << 8 | 2;
    static final int FIXED_BYTES = 4;

    private static final int CTA_TUPLE_ORIG = 1;
    private static final int CTA_TUPLE_REPLY = 2;
    private static final int CTA_STATUS = 3;
    private static final int CTA_PROTOINFO = 4;
    private static final int CTA_TIMEOUT = 7;
    private static final int CTA_MARK = 8;
    private static final int CTA_COUNTERS_ORIG = 9;
    private static final int CTA_COUNTERS_REPLY = 10;
    private static final int CTA_ID = 12;
    private static final int CTA_ZONE = 18;
    private static final int CTA_TUPLE_IP = 1;
    private static final int CTA_TUPLE_PROTO = 2;
    private static final int CTA_IP_V4_SRC = 1;
    private static final int CTA_IP_V4_DST = 2;
    private static final int CTA_IP_V6_SRC = 3;
    private static final int CTA_IP_V6_DST = 4;
    private static final int CTA_PROTO_NUM = 1;
    private static final int CTA_PROTO_SRC_PORT = 2;
    private static final int CTA_PROTO_DST_PORT = 3;
    private static final int CTA_PROTO_ICMP_ID = 4;
    private static final int CTA_PROTO_ICMP_TYPE = 5;
    private static final int CTA_PROTO_ICMP_CODE = 6;
    private static final int CTA_PROTO_ICMPV6_OFFSET = 3; // the same three for ICMPv6: 7, 8, 9
    private static final int CTA_PROTOINFO_TCP = 1;
    private static final int CTA_PROTOINFO_TCP_STATE = 1;
    private static final int CTA_COUNTERS_PACKETS = 1;
    private static final int CTA_COUNTERS_BYTES = 2;

    private EntryMessages() {}

    /** Writes the fixed part; an absent family stands for both. */
    static MessageWriter begin(MessageWriter writer, Optional<IpFamily> family) {
        final int number = family.map(AddressFamily::number).orElse(AddressFamily.AF_UNSPEC);
        return writer.u8(number).u8(0).u16(0);
    }

    static void writeOriginal(MessageWriter writer, ConntrackTuple tuple, int zone) {
        writeTuple(writer, CTA_TUPLE_ORIG, tuple);
        if (zone != 0) {
            writer.attributeBe16(CTA_ZONE, zone);
        }
    }

    static void writeId(MessageWriter writer, int id) {
        writer.attributeBe32(CTA_ID, id);
    }

    static void writeReply(MessageWriter writer, ConntrackTuple tuple) {
        writeTuple(writer, CTA_TUPLE_REPLY, tuple);
    }

    static void writeState(MessageWriter writer, int status, int timeoutSeconds) {
        writer.attributeBe32(CTA_STATUS, status).attributeBe32(CTA_TIMEOUT, timeoutSeconds);
    }

    private static void writeTuple(MessageWriter writer, int type, ConntrackTuple tuple) {
        final boolean isIpv4 = tuple.source().isIpv4();
        final int nest = writer.beginNested(type);
        final int ip = writer.beginNested(CTA_TUPLE_IP);
        writer.attributeAddress(isIpv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, tuple.source());
        writer.attributeAddress(isIpv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, tuple.destination());
        writer.endNested(ip);
        final int proto = writer.beginNested(CTA_TUPLE_PROTO);
        writer.attributeU8(CTA_PROTO_NUM, tuple.protocol());
        if (tuple.isIcmp()) {
            final int offset = icmpOffset(tuple.protocol());
            writer.attributeBe16(CTA_PROTO_ICMP_ID + offset, tuple.sourcePort());
            writer.attributeU8(CTA_PROTO_ICMP_TYPE + offset, tuple.destinationPort() >>> 8);
            writer.attributeU8(CTA_PROTO_ICMP_CODE + offset, tuple.destinationPort() & 0xFF);
        } else {
            writer.attributeBe16(CTA_PROTO_SRC_PORT, tuple.sourcePort());
            writer.attributeBe16(CTA_PROTO_DST_PORT, tuple.destinationPort());
        }
        writer.endNested(proto).endNested(nest);
    }

    private static int icmpOffset(int protocol) {
        return protocol == ConntrackTuple.ICMPV6 ? CTA_PROTO_ICMPV6_OFFSET : 0;
    }

    /** Reads an entry; empty if it lacks one of its tuples, as for protocols without ports. */
    static Optional<ConntrackEntry> read(NetlinkMessage message) {
        final Attributes attributes = message.attributes(FIXED_BYTES);
        final Optional<ConntrackTuple> original = readTuple(attributes.nested(CTA_TUPLE_ORIG));
        final Optional<ConntrackTuple> reply = readTuple(attributes.nested(CTA_TUPLE_REPLY));
        if (original.isEmpty() || reply.isEmpty()) {
            return Optional.empty();
        }
        final boolean isTcp = original.get().protocol() == ConntrackTuple.TCP;
        return Optional.of(new ConntrackEntry(
                original.get(),
                reply.get(),
                attributes.be32(CTA_STATUS, 0),
                isTcp
                        ? attributes
                                .nested(CTA_PROTOINFO)
                                .nested(CTA_PROTOINFO_TCP)
                                .u8(CTA_PROTOINFO_TCP_STATE, -1)
                        : -1,
                attributes.be32(CTA_MARK, 0),
                attributes.has(CTA_TIMEOUT) ? Integer.toUnsignedLong(attributes.be32(CTA_TIMEOUT, 0)) : -1,
                attributes.be32(CTA_ID, 0),
                attributes.be16(CTA_ZONE, 0),
                readCounters(attributes)));
    }

    private static ConntrackEntry.Counters readCounters(Attributes attributes) {
        if (!attributes.has(CTA_COUNTERS_ORIG)) {
            return ConntrackEntry.Counters.NONE;
        }
        final Attributes original = attributes.nested(CTA_COUNTERS_ORIG);
        final Attributes reply = attributes.nested(CTA_COUNTERS_REPLY);
        return new ConntrackEntry.Counters(
                original.be64(CTA_COUNTERS_PACKETS, 0),
                original.be64(CTA_COUNTERS_BYTES, 0),
                reply.be64(CTA_COUNTERS_PACKETS, 0),
                reply.be64(CTA_COUNTERS_BYTES, 0));
    }

    private static Optional<ConntrackTuple> readTuple(Attributes tuple) {
        final Attributes ip = tuple.nested(CTA_TUPLE_IP);
        final Attributes proto = tuple.nested(CTA_TUPLE_PROTO);
        final Optional<IpAddress> source = ip.address(CTA_IP_V4_SRC).or(() -> ip.address(CTA_IP_V6_SRC));
        final Optional<IpAddress> destination = ip.address(CTA_IP_V4_DST).or(() -> ip.address(CTA_IP_V6_DST));
        final int protocol = proto.u8(CTA_PROTO_NUM, -1);
        if (source.isEmpty() || destination.isEmpty() || protocol < 0) {
            return Optional.empty();
        }
        final boolean isIcmp = protocol == ConntrackTuple.ICMP || protocol == ConntrackTuple.ICMPV6;
        final int offset = icmpOffset(protocol);
        final int sourcePort = isIcmp ? proto.be16(CTA_PROTO_ICMP_ID + offset, 0) : proto.be16(CTA_PROTO_SRC_PORT, 0);
        final int destinationPort = isIcmp
                ? proto.u8(CTA_PROTO_ICMP_TYPE + offset, 0) << 8 | proto.u8(CTA_PROTO_ICMP_CODE + offset, 0)
                : proto.be16(CTA_PROTO_DST_PORT, 0);
        return Optional.of(new ConntrackTuple(protocol, source.get(), sourcePort, destination.get(), destinationPort));
    }
}
