package io.pointsman.spi.userspace.tcp;

import static io.pointsman.spi.userspace.ProxyFixture.await;
import static io.pointsman.spi.userspace.ProxyFixture.freeTcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.Frontend;
import io.pointsman.spi.FlowRecord;
import io.pointsman.spi.userspace.Pourer;
import io.pointsman.spi.userspace.ProxyFixture;
import io.pointsman.spi.userspace.TestClient;
import io.pointsman.spi.userspace.TestPlans;
import io.pointsman.spi.userspace.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TcpRelayTest {
    private static final long LARGE = 24L << 20;

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldCarryEveryByteAndFinWhenBothSidesSpeakAtOnce(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                TestServer server = TestServer.start(socket -> {
                    final var read = CompletableFuture.supplyAsync(() -> drain(socket, 1));
                    TestClient.pour(socket.getOutputStream(), 2, LARGE);
                    socket.shutdownOutput();
                    assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo(LARGE);
                })) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                final var read = CompletableFuture.supplyAsync(() -> drain(client, 2));
                TestClient.pour(client.getOutputStream(), 1, LARGE);
                client.shutdownOutput();
                assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo(LARGE);
            }
            await("no connection is left", () -> proxy.backend().proxy().relays() == 0);
        }
    }

    private static long drain(Socket socket, long seed) {
        try {
            return TestClient.drain(socket.getInputStream(), seed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldAnswerAfterTheClientsFinWhenTheEndpointWaitsForIt(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                TestServer server = TestServer.start(TestServer.ECHO)) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            for (int i = 0; i < 200; i++) { // request and FIN race with the dial each time
                try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                    client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
                    client.shutdownOutput();
                    assertThat(TestClient.readAll(client)).isEqualTo("hello");
                }
            }
        }
    }

    @Test
    void shouldLetTheClientSpeakOnWhenTheEndpointEndedItsSide() throws Exception {
        final CompletableFuture<Long> received = new CompletableFuture<>();
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.start(socket -> {
                    socket.getOutputStream().write('x');
                    socket.shutdownOutput();
                    received.complete(drain(socket, 5));
                })) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                assertThat(TestClient.readAll(client)).isEqualTo("x");
                TestClient.pour(client.getOutputStream(), 5, LARGE);
                client.shutdownOutput();
                assertThat(received.get(60, TimeUnit.SECONDS)).isEqualTo(LARGE);
            }
        }
    }

    /** Tests sockets that are shut down in both directions while one is not read: epoll keeps reporting a hang-up. */
    @Test
    void shouldCarryTheRestWhenAFinWaitsBehindBackPressure() throws Exception {
        final CountDownLatch read = new CountDownLatch(1);
        final CompletableFuture<Long> received = new CompletableFuture<>();
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.start(socket -> {
                    socket.shutdownOutput();
                    read.await();
                    received.complete(drain(socket, 5));
                })) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Pourer client = new Pourer(ProxyFixture.at(frontend), 5)) {
                assertThat(client.channel().read(ByteBuffer.allocate(1))).isEqualTo(-1);
                client.fill(64L << 20);
                final var total = CompletableFuture.supplyAsync(() -> finish(client, 0));
                read.countDown();
                assertThat(received.get(60, TimeUnit.SECONDS)).isEqualTo(total.get(60, TimeUnit.SECONDS));
            }
            await("no connection is left", () -> proxy.backend().proxy().relays() == 0);
        }
    }

    /** Tests a reader that lags behind from the first byte to the last, so that some bytes are unsent all the time. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldTakeNoMoreRoomTheLongerAReaderLagsBehind(String transport) throws Exception {
        final long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
        final CompletableFuture<Long> most = new CompletableFuture<>();
        try (ProxyFixture proxy =
                        ProxyFixture.open("transport", transport, "write-buffer-low", "2m", "write-buffer-high", "4m");
                TestServer server = TestServer.start(socket -> {
                    long used = 0;
                    while (socket.getInputStream().readNBytes(64 * 1024).length > 0) {
                        used = Math.max(
                                used, PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory());
                        LockSupport.parkNanos(100_000);
                    }
                    most.complete(used);
                })) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                TestClient.pour(client.getOutputStream(), 1, 4 * LARGE);
                client.shutdownOutput();
                assertThat(most.get(60, TimeUnit.SECONDS) - before).isLessThan(LARGE);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldStopReadingTheClientWhenTheEndpointDoesNotRead(String transport) throws Exception {
        final CountDownLatch read = new CountDownLatch(1);
        final CompletableFuture<Long> received = new CompletableFuture<>();
        try (ProxyFixture proxy = ProxyFixture.open(
                        "transport", transport, "write-buffer-high", "128k", "write-buffer-low", "64k");
                TestServer server = TestServer.start(socket -> {
                    read.await();
                    received.complete(drain(socket, 7));
                })) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Pourer client = new Pourer(ProxyFixture.at(frontend), 7)) {
                // Four kernel buffers, and in the proxy the high-water mark and one event's reads.
                final long limit = 64L << 20;
                assertThat(client.fill(limit)).isLessThan(limit);
                read.countDown();
                final long total = client.finish(LARGE);
                assertThat(received.get(60, TimeUnit.SECONDS)).isEqualTo(total);
            }
        }
    }

    private static long finish(Pourer client, long total) {
        try {
            return client.finish(total);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldRelayIpv6(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                TestServer server = TestServer.start("::1", TestServer.ECHO)) {
            final Frontend frontend = freeTcp(IpAddress.parse("::1"));
            assertThat(proxy.apply(TestPlans.rule(frontend, server.address())).problems())
                    .isEmpty();
            try (Socket client = TestClient.connect(ProxyFixture.at(frontend))) {
                client.getOutputStream().write("six".getBytes(StandardCharsets.UTF_8));
                client.shutdownOutput();
                assertThat(TestClient.readAll(client)).isEqualTo("six");
            }
        }
    }

    @Test
    void shouldTellFlowsWithTheirBytes() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.start(TestServer.ECHO)) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.rule(frontend, server.address()));
            try (Socket client = TestClient.connect("127.0.5.5", ProxyFixture.at(frontend))) {
                client.getOutputStream().write(new byte[1000]);
                assertThat(client.getInputStream().readNBytes(1000)).hasSize(1000);
                await("bytes are counted", () -> flow(proxy).bytesBack() == 1000);
                final FlowRecord flow = flow(proxy);
                assertThat(flow.bytesOut()).isEqualTo(1000);
                assertThat(flow.original().source()).isEqualTo(IpAddress.parse("127.0.5.5"));
                assertThat(flow.original().destination()).isEqualTo(frontend.vip());
                assertThat(flow.reply().sourcePort()).isEqualTo(server.address().getPort());
                assertThat(flow.owner()).contains(TestPlans.owner(frontend));
                assertThat(flow.state()).isEqualTo("ESTABLISHED");
            }
            await("the flow is gone", () -> flowCount(proxy) == 0);
        }
    }

    private static FlowRecord flow(ProxyFixture proxy) {
        try (var flows = proxy.backend().flows()) {
            return flows.findAny().orElseThrow();
        }
    }

    private static long flowCount(ProxyFixture proxy) {
        try (var flows = proxy.backend().flows()) {
            return flows.count();
        }
    }
}
