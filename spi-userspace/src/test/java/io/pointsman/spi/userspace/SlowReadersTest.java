package io.pointsman.spi.userspace;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.plan.Frontend;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests clients that request much and read nothing: the memory for their unsent bytes has one limit for all together. */
class SlowReadersTest {
    private static final int READERS = 300;
    private static final byte[] BLOCK = new byte[64 * 1024];

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldServeOthersWhenHundredsDoNotRead(String transport) throws Exception {
        final Frontend slow = ProxyFixture.freeTcp();
        final Frontend other = ProxyFixture.freeTcp();
        final List<SocketChannel> readers = new ArrayList<>();
        try (TestServer pouring = TestServer.start(socket -> {
                    while (true) {
                        socket.getOutputStream().write(BLOCK);
                    }
                });
                TestServer answering = TestServer.named("alive");
                ForkedProxy proxy = ForkedProxy.start(
                        4096,
                        List.of("-Xmx128m"),
                        rule(slow, pouring),
                        rule(other, answering),
                        "transport=" + transport,
                        "event-loops=2")) {
            for (int i = 0; i < READERS; i++) {
                readers.add(SocketChannel.open(ProxyFixture.at(slow)));
            }
            ProxyFixture.await("all have asked", () -> pouring.accepted() == READERS);
            for (int i = 0; i < 20; i++) {
                assertThat(TestClient.ask(ProxyFixture.at(other)))
                        .as(proxy::log)
                        .isEqualTo("alive");
                Thread.sleep(50); // meanwhile buffers fill
            }
            assertThat(proxy.ask("failure")).as(proxy::log).isEqualTo("none");
            try (Socket one = TestClient.connect(ProxyFixture.at(slow))) { // a client that reads is still served
                assertThat(one.getInputStream().readNBytes(32 << 20)).hasSize(32 << 20);
            }
            assertThat(proxy.log()).doesNotContain("OutOfMemoryError");
        } finally {
            for (SocketChannel reader : readers) {
                reader.close();
            }
        }
    }

    private static String rule(Frontend frontend, TestServer endpoint) {
        return "TCP:" + frontend.vip() + ":" + frontend.port() + ":"
                + endpoint.address().getPort();
    }
}
