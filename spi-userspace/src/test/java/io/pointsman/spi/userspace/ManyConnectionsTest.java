package io.pointsman.spi.userspace;

import static io.pointsman.spi.userspace.ProxyFixture.at;
import static io.pointsman.spi.userspace.ProxyFixture.await;
import static io.pointsman.spi.userspace.ProxyFixture.freeTcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.pointsman.plan.Frontend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

class ManyConnectionsTest {
    private static final int WANTED = 10_000;
    private static final int LEAST = 1_000;
    private static final int DESCRIPTORS_EACH = 4; // client, endpoint and both sides of the proxy are in this process
    private static final int RESERVED = 1_000;

    @Test
    void shouldHoldThousandsOfIdleConnections() throws Exception {
        final int count = (int) Math.min(WANTED, (freeDescriptors() - RESERVED) / DESCRIPTORS_EACH);
        assumeTrue(count >= LEAST, "the limit of open files leaves room for " + count + " connections only");
        final Queue<SocketChannel> endpoints = new ConcurrentLinkedQueue<>();
        final List<SocketChannel> clients = new ArrayList<>();
        try (ProxyFixture proxy = ProxyFixture.open();
                ServerSocketChannel listening = ServerSocketChannel.open()
                        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096)) {
            Thread.ofPlatform().daemon().start(() -> acceptAll(listening, endpoints));
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, (InetSocketAddress) listening.getLocalAddress()));
            for (int i = 0; i < count; i++) {
                clients.add(SocketChannel.open()
                        .bind(new InetSocketAddress(InetAddress.ofLiteral("127.0." + i % 7 + "." + (1 + i % 200)), 0))
                        .setOption(java.net.StandardSocketOptions.TCP_NODELAY, true));
                clients.getLast().connect(at(frontend));
            }
            await("all are connected through", () -> endpoints.size() == count);
            assertThat(proxy.backend().proxy().relays()).isEqualTo(count);
            // Each still works: one byte from every client, in any order, to every endpoint.
            for (SocketChannel client : clients) {
                client.write(ByteBuffer.wrap(new byte[] {7}));
            }
            for (SocketChannel endpoint : endpoints) {
                final ByteBuffer one = ByteBuffer.allocate(1);
                assertThat(endpoint.read(one)).isEqualTo(1);
                assertThat(one.get(0)).isEqualTo((byte) 7);
            }
            for (SocketChannel client : clients) {
                client.close();
            }
            for (SocketChannel endpoint : endpoints) {
                endpoint.close();
            }
            await("all are gone", () -> proxy.backend().proxy().relays() == 0);
        } finally {
            for (SocketChannel endpoint : endpoints) {
                endpoint.close();
            }
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    private static void acceptAll(ServerSocketChannel listening, Queue<SocketChannel> endpoints) {
        try {
            while (true) {
                endpoints.add(listening.accept());
            }
        } catch (ClosedChannelException _) {
            // the test is over
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long freeDescriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount() - unix.getOpenFileDescriptorCount()
                : 0;
    }
}
