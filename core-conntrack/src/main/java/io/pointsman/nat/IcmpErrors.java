package io.pointsman.nat;

import io.pointsman.conntrack.Control;
import io.pointsman.conntrack.FlowCursor;
import io.pointsman.conntrack.FlowKey;
import io.pointsman.conntrack.FlowSlot;
import io.pointsman.conntrack.FlowTable;
import io.pointsman.packet.PacketKind;
import io.pointsman.packet.PacketView;
import io.pointsman.packet.Rewriter;

/**
 * ICMP errors about packets of known flows (path MTU, unreachable, time exceeded). The quoted packet is translated back, so
 * that its sender recognizes it, and the error itself as a reply of the flow would be, as Linux
 * {@code nf_nat_icmp_reply_translation} does. One for each worker.
 */
final class IcmpErrors {
    private final EngineTables tables;
    private final PacketView quoted = new PacketView();
    private final FlowKey key = new FlowKey(); // the tuple of a reply to the quoted packet
    private final FlowKey to = new FlowKey(); // that tuple after translation
    private final FlowCursor cursor = new FlowCursor();
    private final Rewriter.Ipv6Rewrite rewrite = new Rewriter.Ipv6Rewrite();

    IcmpErrors(EngineTables tables) {
        this.tables = tables;
    }

    /** Translates an error. Returns false, with nothing changed, if it is not about a known flow. */
    boolean translate(PacketView error, long nowNanos) {
        if (!quoted.wrapQuoted(error)) {
            return false;
        }
        final FlowTable table = error.isIpv4() ? tables.ipv4 : tables.ipv6;
        to.of(quoted);
        key.reverseOf(to);
        // An error must be addressed to the sender of the packet it is about; otherwise it is forged.
        if (error.destinationLow() != key.destinationLowValue()
                || error.destinationHigh() != key.destinationHighValue()
                || !table.find(table.hash(key), key, cursor)
                || !table.isAlive(cursor.slot, cursor.control, nowNanos)
                || isOtherWay()) {
            return false;
        }
        FlowSlot.readTranslation(cursor.slot, to);
        if (!cursor.isStillValid()) {
            return false;
        }
        if (error.isIpv4()) {
            rewriteIpv4(error);
        } else {
            rewriteIpv6(error);
        }
        return true;
    }

    /** Whether the flow goes the other way: two hosts may ping each other with the same identifier. */
    private boolean isOtherWay() {
        return quoted.kind() == PacketKind.ECHO && quoted.isEchoRequest() != Control.isReply(cursor.control);
    }

    private void rewriteIpv4(PacketView error) {
        long addresses = error.addresses();
        if ((int) to.addresses != (int) key.addresses) {
            addresses = (addresses & ~0xFFFF_FFFFL) | (to.addresses & 0xFFFF_FFFFL);
        }
        addresses = (addresses & 0xFFFF_FFFFL) | (to.addresses & ~0xFFFF_FFFFL);
        Rewriter.rewriteErrorIpv4(
                error, quoted, Long.rotateLeft(to.addresses, 32), Integer.rotateLeft(to.ports, 16), addresses);
    }

    private void rewriteIpv6(PacketView error) {
        final boolean sourceChanges = to.sourceHigh != key.sourceHigh || to.sourceLow != key.sourceLow;
        rewrite.quotedSourceHigh = to.destinationHigh;
        rewrite.quotedSourceLow = to.destinationLow;
        rewrite.quotedDestinationHigh = to.sourceHigh;
        rewrite.quotedDestinationLow = to.sourceLow;
        rewrite.quotedPorts = Integer.rotateLeft(to.ports, 16);
        rewrite.sourceHigh = sourceChanges ? to.sourceHigh : error.rawSourceHigh();
        rewrite.sourceLow = sourceChanges ? to.sourceLow : error.rawSourceLow();
        rewrite.destinationHigh = to.destinationHigh;
        rewrite.destinationLow = to.destinationLow;
        Rewriter.rewriteErrorIpv6(error, quoted, rewrite);
    }
}
