package io.pointsman.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.testing.Namespaces;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PacketCaptureTest {
    private static final String PAYLOAD = "pointsman capture";

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    @Test
    void shouldSeeADatagramSentInTheNamespace() throws Exception {
        final NetworkNamespace namespace = namespaces.create();
        try (PacketCapture capture = namespace.call(() -> {
                    try (RouteNetlink netlink = RouteNetlink.open()) {
                        netlink.setUp("lo");
                    }
                    return PacketCapture.open(0);
                });
                DatagramChannel channel = namespace.call(DatagramChannel::open)) {
            channel.send(
                    ByteBuffer.wrap(PAYLOAD.getBytes(StandardCharsets.UTF_8)),
                    new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9));
            final AtomicBoolean seen = new AtomicBoolean();
            boolean isOpen = true;
            while (isOpen && !seen.get()) {
                isOpen = capture.next((frame, _) -> seen.set(text(frame).contains(PAYLOAD)));
            }
            assertThat(seen).isTrue();
        }
    }

    @Test
    void shouldSeeOnlyFirstPacketsOfConnectionsWhenFilteredSo() throws Exception {
        final NetworkNamespace namespace = namespaces.create();
        try (PacketCapture capture = namespace.call(() -> {
            try (RouteNetlink netlink = RouteNetlink.open()) {
                netlink.setUp("lo");
            }
            return PacketCapture.open(0, FrameFilter.TCP_SYN);
        })) {
            final List<Integer> ports = new ArrayList<>();
            for (String loopback : List.of("127.0.0.1", "::1")) {
                final InetAddress address = InetAddress.ofLiteral(loopback);
                try (DatagramChannel channel = namespace.call(DatagramChannel::open);
                        ServerSocketChannel server = namespace.call(ServerSocketChannel::open)) {
                    channel.send(ByteBuffer.wrap(new byte[64]), new InetSocketAddress(address, 9));
                    server.bind(new InetSocketAddress(address, 0));
                    ports.add(server.socket().getLocalPort());
                    try (SocketChannel client = namespace.call(SocketChannel::open)) {
                        client.connect(server.getLocalAddress());
                        client.write(ByteBuffer.wrap(PAYLOAD.getBytes(StandardCharsets.UTF_8)));
                    }
                }
            }
            capture.stop();
            final List<Integer> seen = new ArrayList<>();
            boolean isOpen = true;
            while (isOpen) {
                isOpen = capture.next((frame, _) -> seen.add(destinationPort(frame)));
            }
            assertThat(seen.stream().distinct()).containsExactlyElementsOf(ports);
        }
    }

    private static int destinationPort(ByteBuffer frame) {
        final boolean isIpv6 = frame.getShort(12) == (short) 0x86DD;
        return frame.getShort(14 + (isIpv6 ? 40 : 20) + 2) & 0xFFFF;
    }

    private static String text(ByteBuffer frame) {
        return StandardCharsets.ISO_8859_1.decode(frame).toString();
    }
}
