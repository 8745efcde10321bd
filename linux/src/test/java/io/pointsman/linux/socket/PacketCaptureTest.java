package io.pointsman.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.testing.Namespaces;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
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

    private static String text(ByteBuffer frame) {
        return StandardCharsets.ISO_8859_1.decode(frame).toString();
    }
}
