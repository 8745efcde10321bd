package io.pointsman.linux.route;

import io.pointsman.linux.AddressFamily;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netlink.Attributes;
import io.pointsman.linux.netlink.MessageWriter;
import io.pointsman.linux.netlink.NetlinkMessage;
import io.pointsman.linux.netlink.NetlinkSocket;
import io.pointsman.model.IpFamily;
import java.util.List;
import java.util.Optional;

/**
 * Messages about routing rules: fib_rule_hdr (family:u8, destination length:u8, source length:u8, tos:u8, table:u8, two
 * reserved, action:u8, flags:u32) and FRA_*.
 */
final class RuleMessages {
    private static final int RTM_NEWRULE = 32;
    private static final int RTM_DELRULE = 33;
    private static final int RTM_GETRULE = 34;
    private static final int FIXED_BYTES = 12;
    private static final int FRA_IIFNAME = 3;
    private static final int FRA_PRIORITY = 6;
    private static final int FRA_FWMARK = 10;
    private static final int FRA_TABLE = 15;
    private static final int FRA_FWMASK = 16;
    private static final int FR_ACT_TO_TBL = 1;

    private RuleMessages() {}

    static List<RoutingRule> list(NetlinkSocket socket, IpFamily family) throws KernelException {
        fixed(socket.request(RTM_GETRULE, 0), family, 0, 0);
        return socket.dump("listing " + family + " routing rules", message -> read(message, family));
    }

    private static Optional<RoutingRule> read(NetlinkMessage message, IpFamily family) {
        if (message.u8(0) != AddressFamily.number(family)) {
            return Optional.empty();
        }
        final Attributes attributes = message.attributes(FIXED_BYTES);
        final Optional<RoutingRule.Mark> mark = attributes.has(FRA_FWMARK)
                ? Optional.of(
                        new RoutingRule.Mark(attributes.u32(FRA_FWMARK, 0), attributes.u32(FRA_FWMASK, 0xFFFF_FFFF)))
                : Optional.empty();
        return Optional.of(new RoutingRule(
                family,
                attributes.u32(FRA_PRIORITY, 0),
                attributes.u32(FRA_TABLE, message.u8(4)),
                mark,
                attributes.has(FRA_IIFNAME) ? Optional.of(attributes.text(FRA_IIFNAME)) : Optional.empty()));
    }

    static void add(NetlinkSocket socket, RoutingRule rule) throws KernelException {
        write(socket.request(RTM_NEWRULE, MessageWriter.FLAG_CREATE | MessageWriter.FLAG_EXCL), rule);
        socket.execute("adding " + rule);
    }

    static void delete(NetlinkSocket socket, RoutingRule rule) throws KernelException {
        write(socket.request(RTM_DELRULE, 0), rule);
        socket.execute("deleting " + rule);
    }

    private static void write(MessageWriter writer, RoutingRule rule) {
        fixed(writer, rule.family(), rule.table() > 255 ? 0 : rule.table(), FR_ACT_TO_TBL);
        writer.attributeU32(FRA_TABLE, rule.table());
        if (rule.priority() != 0) {
            writer.attributeU32(FRA_PRIORITY, rule.priority());
        }
        rule.mark()
                .ifPresent(mark -> writer.attributeU32(FRA_FWMARK, mark.value()).attributeU32(FRA_FWMASK, mark.mask()));
        rule.inputLink().ifPresent(link -> writer.attributeText(FRA_IIFNAME, link));
    }

    private static void fixed(MessageWriter writer, IpFamily family, int table, int action) {
        writer.u8(AddressFamily.number(family))
                .u8(0)
                .u8(0)
                .u8(0)
                .u8(table)
                .u8(0)
                .u8(0)
                .u8(action)
                .u32(0);
    }
}
