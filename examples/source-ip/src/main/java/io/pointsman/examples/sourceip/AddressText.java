package io.pointsman.examples.sourceip;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/** Formats addresses for people: IPv6 without its longest run of zeros (RFC 5952, section 4). */
final class AddressText {
    private static final int GROUPS = 8;

    private AddressText() {}

    static String of(InetAddress address) {
        return address instanceof Inet6Address ? ipv6(ByteBuffer.wrap(address.getAddress())) : address.getHostAddress();
    }

    private static String ipv6(ByteBuffer groups) {
        int start = -1;
        int length = 1; // a single zero is not left out
        for (int i = 0; i < GROUPS; i++) {
            int end = i;
            while (end < GROUPS && groups.getShort(2 * end) == 0) {
                end++;
            }
            if (end - i > length) {
                start = i;
                length = end - i;
            }
        }
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == start) {
                text.append("::");
                i += length - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(groups.getShort(2 * i) & 0xFFFF));
            }
        }
        return text.toString();
    }
}
