package io.pointsman.spi.userspace.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pointsman.plan.ProxyHeader;
import io.pointsman.spi.userspace.loop.Sockets;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Headers of the PROXY protocol ("The PROXY protocol, versions 1 and 2", haproxy.org, sections 2.1 and 2.2). */
public final class ProxyHeaders {
    private static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    private static final int VERSION_2_PROXY = 0x21;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int TCP_OVER_IPV6 = 0x21;
    private static final int MOST_BYTES = 107; // of version 1, the longer one; nginx refuses more of version 2, too

    private ProxyHeaders() {}

    /**
     * Returns the header for a TCP connection from a client to the address it dialed, both of one family. To be sent in one
     * segment: HAProxy and nginx close a connection whose header comes in two.
     */
    public static ByteBuf of(
            ProxyHeader version, InetSocketAddress from, InetSocketAddress to, ByteBufAllocator allocator) {
        final ByteBuf header = allocator.buffer(MOST_BYTES);
        switch (version) {
            case V1 -> header.writeCharSequence(line(from, to), StandardCharsets.US_ASCII);
            case V2 -> {
                final byte[] source = Sockets.ip(from).toBytes();
                final byte[] destination = Sockets.ip(to).toBytes();
                header.writeBytes(SIGNATURE)
                        .writeByte(VERSION_2_PROXY)
                        .writeByte(isIpv4(from) ? TCP_OVER_IPV4 : TCP_OVER_IPV6)
                        .writeShort(source.length + destination.length + 2 * Short.BYTES)
                        .writeBytes(source)
                        .writeBytes(destination)
                        .writeShort(from.getPort())
                        .writeShort(to.getPort());
            }
        }
        return header;
    }

    private static String line(InetSocketAddress from, InetSocketAddress to) {
        return String.join(
                        " ",
                        "PROXY",
                        isIpv4(from) ? "TCP4" : "TCP6",
                        Sockets.ip(from).toString(),
                        Sockets.ip(to).toString(),
                        Integer.toString(from.getPort()),
                        Integer.toString(to.getPort()))
                + "\r\n";
    }

    private static boolean isIpv4(InetSocketAddress address) {
        return Sockets.ip(address).isIpv4(); // an IPv4-mapped address is IPv4, too
    }
}
