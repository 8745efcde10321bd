package io.pointsman.spi.userspace;

import static io.pointsman.spi.userspace.ProxyFixture.freeTcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.ProxyHeader;
import io.pointsman.spi.userspace.loop.Sockets;
import io.pointsman.spi.userspace.tcp.ProxyHeaders;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ProxyHeaderTest {
    private static String header(ProxyHeader version, String from, String to) {
        final ByteBuf header =
                ProxyHeaders.of(version, at(from, 56_324), at(to, 443), UnpooledByteBufAllocator.DEFAULT);
        try {
            return HexFormat.of().formatHex(ByteBufUtil.getBytes(header));
        } finally {
            header.release();
        }
    }

    private static InetSocketAddress at(String ip, int port) {
        return Sockets.address(IpAddress.parse(ip), port);
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    @Test
    void shouldWriteALineWhenVersionOne() {
        assertThat(header(ProxyHeader.V1, "198.51.100.79", "10.0.170.92"))
                .isEqualTo(hex("PROXY TCP4 198.51.100.79 10.0.170.92 56324 443\r\n"));
        assertThat(header(ProxyHeader.V1, "2001:db8::1", "fd00::92"))
                .isEqualTo(hex("PROXY TCP6 2001:db8::1 fd00::92 56324 443\r\n"));
    }

    @Test
    void shouldWriteAddressesAndPortsWhenVersionTwo() {
        assertThat(header(ProxyHeader.V2, "198.51.100.79", "10.0.170.92"))
                .isEqualTo(
                        "0d0a0d0a000d0a515549540a" + "21" + "11" + "000c" + "c633644f" + "0a00aa5c" + "dc04" + "01bb");
        assertThat(header(ProxyHeader.V2, "2001:db8::1", "fd00::92"))
                .isEqualTo("0d0a0d0a000d0a515549540a" + "21" + "21" + "0024"
                        + "20010db8000000000000000000000001"
                        + "fd000000000000000000000000000092" + "dc04" + "01bb");
    }

    @Test
    void shouldTellTheEndpointFirstWhenTheRuleSaysSo() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.start(TestServer.ECHO)) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.withProxyHeader(TestPlans.rule(frontend, server.address()), ProxyHeader.V1));
            try (Socket client = TestClient.connect("127.0.0.1", ProxyFixture.at(frontend))) {
                client.getOutputStream().write("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                client.shutdownOutput();
                assertThat(TestClient.readAll(client))
                        .isEqualTo("PROXY TCP4 127.0.0.1 " + frontend.vip() + " " + client.getLocalPort() + " "
                                + frontend.port() + "\r\nhello");
            }
        }
    }
}
