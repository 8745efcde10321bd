package io.pointsman.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RawSocketTest {
    private static final int UDP = 17;
    private static final int EXPERIMENTAL = 253; // RFC 3692
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @RegisterExtension
    final Namespaces namespaces = new Namespaces();

    private NetworkNamespace withLoopback() throws IOException {
        final NetworkNamespace namespace = namespaces.create();
        try (RouteNetlink netlink = namespace.call(RouteNetlink::open)) {
            netlink.setUp("lo");
        }
        return namespace;
    }

    private static RawSocket open(NetworkNamespace namespace, IpFamily family, int protocol) throws KernelException {
        return namespace.call(() -> RawSocket.open(family, protocol));
    }

    @Test
    void shouldCarryPayloadsOfAnyProtocolInBothFamilies() throws IOException {
        final NetworkNamespace namespace = withLoopback();
        for (IpFamily family : IpFamily.values()) {
            final IpAddress loopback = IpAddress.parse(family == IpFamily.IPV4 ? "127.0.0.1" : "::1");
            try (RawSocket socket = open(namespace, family, EXPERIMENTAL)) {
                socket.bind(loopback);
                socket.send(loopback, new byte[] {1, 2, 3});
                final RawSocket.Packet packet = socket.receive(PATIENCE).orElseThrow();
                assertThat(packet.source()).isEqualTo(loopback);
                final byte[] payload = new byte[packet.payload().remaining()];
                packet.payload().get(payload);
                assertThat(payload).containsExactly(1, 2, 3);
                assertThat(socket.receive(Duration.ZERO)).isEmpty();
            }
        }
    }

    @Test
    void shouldFailWithTheIcmpErrorWhenConnected() throws IOException {
        final NetworkNamespace namespace = withLoopback();
        final IpAddress loopback = IpAddress.parse("127.0.0.1");
        try (RawSocket socket = open(namespace, IpFamily.IPV4, UDP)) {
            socket.connect(loopback);
            socket.send(loopback, new byte[] {0, 99, 0, 9, 0, 8, 0, 0}); // port 99 to 9, where nobody is; no checksum
            assertThatExceptionOfType(KernelException.class)
                    .isThrownBy(() -> {
                        for (int i = 0; i < 10; i++) {
                            // its own datagram comes by before the error does
                            assertThat(socket.receive(PATIENCE)).isPresent();
                        }
                    })
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ECONNREFUSED));
        }
    }

    @Test
    void shouldRefuseUseWhenClosedAndAddressesOfTheOtherFamily() throws IOException {
        final RawSocket socket = open(withLoopback(), IpFamily.IPV4, EXPERIMENTAL);
        assertThatThrownBy(() -> socket.bind(IpAddress.parse("::1"))).isInstanceOf(IllegalArgumentException.class);
        socket.close();
        socket.close();
        assertThatThrownBy(() -> socket.receive(Duration.ZERO)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> socket.send(IpAddress.parse("127.0.0.1"), new byte[1]))
                .isInstanceOf(IllegalStateException.class);
    }
}
