package io.pointsman.spi.userspace;

import static io.pointsman.spi.userspace.ProxyFixture.freeTcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.ProxyHeader;
import io.pointsman.spi.userspace.loop.Sockets;
import io.pointsman.spi.userspace.tcp.ProxyHeaders;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
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

    /** Tests an IPv4 client of a dual-stack listener. HAProxy announces it as IPv6, which IPv4 servers can't read. */
    @Test
    void shouldAnnounceAnIpv4ClientOfAListenerOfBothFamiliesAsIpv4() throws Exception {
        final byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xFF;
        mapped[11] = (byte) 0xFF;
        System.arraycopy(InetAddress.ofLiteral("198.51.100.79").getAddress(), 0, mapped, 12, 4);
        final InetSocketAddress from = new InetSocketAddress(Inet6Address.getByAddress(null, mapped, -1), 56_324);
        for (ProxyHeader version : ProxyHeader.values()) {
            final ByteBuf header =
                    ProxyHeaders.of(version, from, at("10.0.170.92", 443), UnpooledByteBufAllocator.DEFAULT);
            assertThat(HexFormat.of().formatHex(ByteBufUtil.getBytes(header)))
                    .isEqualTo(header(version, "198.51.100.79", "10.0.170.92"));
            header.release();
        }
    }

    /** Tests the length: nginx refuses longer headers. */
    @Test
    void shouldStayWithin107BytesWhateverTheAddresses() {
        final String longest = "2001:1db8:1111:2222:3333:4444:5555:6666";
        for (ProxyHeader version : ProxyHeader.values()) {
            assertThat(header(version, longest, longest).length() / 2).isBetween(28, 107);
            assertThat(header(version, "255.255.255.255", "255.255.255.255").length() / 2)
                    .isBetween(28, 107);
        }
    }

    /** Tests that the first read has the whole header: HAProxy and nginx close a connection whose header comes in parts. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void shouldSendTheHeaderInOneSegmentWithTheFirstBytesBehindIt(String transport) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open("transport", transport);
                ServerSocket server = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"))) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.withProxyHeader(
                    TestPlans.rule(frontend, (InetSocketAddress) server.getLocalSocketAddress()), ProxyHeader.V2));
            for (int connection = 0; connection < 20; connection++) {
                try (Socket client = TestClient.connect("127.0.0.1", ProxyFixture.at(frontend))) {
                    client.setTcpNoDelay(true);
                    client.getOutputStream().write('a');
                    client.getOutputStream().write('b');
                    try (Socket accepted = server.accept()) {
                        final byte[] first = new byte[1000];
                        final int length = accepted.getInputStream().read(first);
                        assertThat(length).isGreaterThanOrEqualTo(28);
                        final byte[] rest = accepted.getInputStream().readNBytes(30 - length);
                        assertThat(new String(first, 0, length, StandardCharsets.ISO_8859_1)
                                        + new String(rest, StandardCharsets.ISO_8859_1))
                                .startsWith("\r\n\r\n\0\r\nQUIT\n")
                                .endsWith("ab");
                    }
                }
            }
        }
    }

    /** Tests with HAProxy, which returns the addresses in the header; it closes a connection with an invalid header. */
    @ParameterizedTest
    @EnumSource(ProxyHeader.class)
    void shouldBeUnderstoodByHaproxy(ProxyHeader version, @TempDir Path folder) throws Exception {
        final Path haproxy = Path.of("/usr/sbin/haproxy");
        assumeTrue(Files.isExecutable(haproxy), "haproxy is not installed");
        final InetSocketAddress endpoint = ProxyFixture.nobody();
        final Path config = Files.writeString(
                folder.resolve("haproxy.cfg"), """
                defaults
                  mode http
                  timeout client 30s
                  timeout connect 30s
                  timeout server 30s
                frontend echo
                  bind %s:%d accept-proxy
                  http-request return status 200 content-type text/plain lf-string "client %%[src]:%%[src_port] dialed %%[dst]:%%[dst_port]"
                """.formatted(endpoint.getHostString(), endpoint.getPort()));
        final Process process = new ProcessBuilder(haproxy.toString(), "-db", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("haproxy.log").toFile())
                .start();
        try (ProxyFixture proxy = ProxyFixture.open()) {
            ProxyFixture.await("haproxy listens", () -> listens(endpoint));
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.withProxyHeader(TestPlans.rule(frontend, endpoint), version));
            try (Socket client = TestClient.connect("127.0.0.1", ProxyFixture.at(frontend))) {
                client.getOutputStream()
                        .write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(TestClient.readAll(client))
                        .contains("client 127.0.0.1:" + client.getLocalPort() + " dialed " + frontend.vip() + ":"
                                + frontend.port());
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static boolean listens(InetSocketAddress at) {
        try (Socket socket = new Socket()) {
            socket.connect(at);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    @Test
    void shouldTellTheEndpointFirstWhenTheRuleSaysSo() throws Exception {
        try (ProxyFixture proxy = ProxyFixture.open();
                TestServer server = TestServer.start(TestServer.ECHO)) {
            final Frontend frontend = freeTcp();
            proxy.apply(TestPlans.withProxyHeader(TestPlans.rule(frontend, server.address()), ProxyHeader.V1));
            try (Socket client = TestClient.connect("127.0.0.1", ProxyFixture.at(frontend))) {
                client.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                client.shutdownOutput();
                assertThat(TestClient.readAll(client))
                        .isEqualTo("PROXY TCP4 127.0.0.1 " + frontend.vip() + " " + client.getLocalPort() + " "
                                + frontend.port() + "\r\nhello");
            }
        }
    }
}
