package io.pointsman.packet;

/** Parser of the IPv6 header and its extensions (RFC 8200, section 4), up to the transport header. */
final class Ipv6Parser {
    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int MOBILITY = 135;

    private Ipv6Parser() {}

    static PacketKind parse(PacketView view, long at, int available) {
        final int header = PacketView.ipv6Header();
        if (available < header) {
            return PacketKind.TRUNCATED;
        }
        final int total = header + RawMemory.getShortBe(at + 4);
        if (total > available) {
            return PacketKind.TRUNCATED;
        }
        view.ipv4 = false;
        view.length = total;
        view.wrapIpv6Addresses(at);
        return walk(view, at, total);
    }

    private static PacketKind walk(PacketView view, long at, int total) {
        int next = RawMemory.getByte(at + 6);
        int offset = PacketView.ipv6Header();
        for (int i = 0; i <= PacketView.MAX_EXTENSIONS; i++) {
            final boolean isFragment = next == FRAGMENT;
            if (!isFragment && !isOptions(next) && next != ROUTING) {
                view.protocol = next;
                view.transport = offset;
                view.transportLength = total - offset;
                return view.parseTransport(at + offset);
            }
            if (total - offset < 8) {
                return PacketKind.TRUNCATED;
            }
            final long extension = at + offset;
            final int size = isFragment ? 8 : RawMemory.getByte(extension + 1) * 8 + 8;
            if (size > total - offset) {
                return PacketKind.TRUNCATED;
            }
            if (next == ROUTING && RawMemory.getByte(extension + 3) != 0) {
                return other(view, offset, total); // an intermediate hop, not the address in the transport's checksum
            }
            next = RawMemory.getByte(extension);
            offset += size;
            if (isFragment) {
                final int fragment = RawMemory.getShortBe(extension + 2);
                if ((fragment & 0xFFF9) != 0) { // otherwise the packet is whole (RFC 6946)
                    view.fragmentId = RawMemory.getInt(extension + 4);
                    view.fragmentKeyProtocol = 0;
                    view.firstFragment = true;
                }
                if ((fragment & 0xFFF8) != 0) {
                    other(view, offset, total);
                    view.protocol = next;
                    view.firstFragment = false;
                    return PacketKind.LATER_FRAGMENT;
                }
            }
        }
        return PacketKind.TOO_MANY_EXTENSIONS;
    }

    private static PacketKind other(PacketView view, int offset, int total) {
        view.protocol = ROUTING;
        view.transport = offset;
        view.transportLength = total - offset;
        view.ports = 0;
        return PacketKind.OTHER;
    }

    private static boolean isOptions(int next) {
        return next == HOP_BY_HOP || next == DESTINATION_OPTIONS || next == MOBILITY;
    }

    static boolean parseQuoted(PacketView view, long at, int available) {
        if (available < PacketView.ipv6Header() || RawMemory.getByte(at) >>> 4 != 6) {
            return false;
        }
        view.wrapIpv6Addresses(at);
        int next = RawMemory.getByte(at + 6);
        int offset = PacketView.ipv6Header();
        for (int i = 0; i <= PacketView.MAX_EXTENSIONS; i++) {
            if (available - offset < 8) {
                return false;
            }
            final boolean isFragment = next == FRAGMENT;
            if (!isFragment && !isOptions(next) && next != ROUTING) {
                view.protocol = next;
                return view.quotedTransport(at, offset, available);
            }
            final long extension = at + offset;
            if (isFragment && (RawMemory.getShortBe(extension + 2) & 0xFFF8) != 0) {
                return false;
            }
            if (next == ROUTING && RawMemory.getByte(extension + 3) != 0) {
                return false;
            }
            final int size = isFragment ? 8 : RawMemory.getByte(extension + 1) * 8 + 8;
            next = RawMemory.getByte(extension);
            offset += size;
        }
        return false;
    }
}
