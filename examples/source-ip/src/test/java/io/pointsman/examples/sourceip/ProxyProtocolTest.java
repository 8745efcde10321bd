package io.pointsman.examples.sourceip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProxyProtocolTest {
    private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
    private static final int PROXY = 0x21;
    private static final int LOCAL = 0x20;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int TCP_OVER_IPV6 = 0x21;

    @Test
    void shouldNameTheClientWhenTheProxySpeaksForOne() throws IOException {
        final InputStream in = new ByteArrayInputStream(
                header(PROXY, TCP_OVER_IPV4, "198.51.100.79", "10.240.0.9", 3, "GET / HTTP/1.1"));

        assertThat(ProxyProtocol.read(in)).contains(InetAddress.ofLiteral("198.51.100.79"));
        assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("GET / HTTP/1.1");
        assertThat(ProxyProtocol.read(new ByteArrayInputStream(
                        header(PROXY, TCP_OVER_IPV6, "2001:db8:51::79", "fd00:10:240::9", 0, ""))))
                .contains(InetAddress.ofLiteral("2001:db8:51::79"));
    }

    @Test
    void shouldNameNobodyWhenTheProxySpeaksForItself() throws IOException {
        assertThat(ProxyProtocol.read(
                        new ByteArrayInputStream(header(LOCAL, TCP_OVER_IPV4, "10.240.0.9", "10.240.0.9", 0, ""))))
                .isEmpty();
        assertThat(ProxyProtocol.read(new ByteArrayInputStream(header(PROXY, 0, "10.240.0.9", "10.240.0.9", 0, ""))))
                .isEmpty();
    }

    /** HAProxy's health checks are LOCAL without an address, and the last TLV may have no value. */
    @Test
    void shouldTakeAHeaderWithoutAddressesAndATlvWithoutValueAtItsEnd() throws IOException {
        final byte[] check = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "20" + "00" + "0000" + "41");
        final InputStream in = new ByteArrayInputStream(check);
        assertThat(ProxyProtocol.read(in)).isEmpty();
        assertThat(in.read()).isEqualTo('A');

        final byte[] emptyTlv = HexFormat.of()
                .parseHex("0d0a0d0a000d0a515549540a" + "21" + "11" + "000f" + "c633644f" + "0af00009" + "9c40" + "0050"
                        + "e00000" + "42");
        final InputStream second = new ByteArrayInputStream(emptyTlv);
        assertThat(ProxyProtocol.read(second)).contains(InetAddress.ofLiteral("198.51.100.79"));
        assertThat(second.read()).isEqualTo('B');
    }

    @Test
    void shouldRefuseWhenItIsNoHeader() throws IOException {
        assertRefused(
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII), "no PROXY protocol header");
        assertRefused(header(0x11, TCP_OVER_IPV4, "10.0.0.1", "10.0.0.2", 0, ""), "version 1");
        assertRefused(header(0x2F, TCP_OVER_IPV4, "10.0.0.1", "10.0.0.2", 0, ""), "command 15");
        assertRefused(header(PROXY, TCP_OVER_IPV6, "10.0.0.1", "10.0.0.2", 0, ""), "too short");
        assertRefused(header(PROXY, TCP_OVER_IPV4, "10.0.0.1", "10.0.0.2", 60_000, ""), "bytes more");
        assertRefused(SIGNATURE, "ends within");
    }

    private static void assertRefused(byte[] bytes, String reason) {
        assertThatThrownBy(() -> ProxyProtocol.read(new ByteArrayInputStream(bytes)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void shouldAnswerWithTheNamedClientWhenTheServerExpectsProxies() throws IOException {
        final List<InetSocketAddress> address = List.of(EchoServer.parse("127.180.1.136:0"));
        try (EchoServer server = EchoServer.start(List.of(), address);
                Socket proxy = new Socket()) {
            proxy.connect(server.addresses().getFirst());
            proxy.getOutputStream()
                    .write(header(
                            PROXY,
                            TCP_OVER_IPV6,
                            "2001:db8:0:0:1::79",
                            "fd00:10:240::9",
                            0,
                            "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"));

            assertThat(new String(proxy.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("\nclient_address=2001:db8::1:0:0:79\n");
        }
    }

    /** @param more bytes of extensions (TLVs) after the addresses */
    private static byte[] header(int versionAndCommand, int family, String from, String to, int more, String request)
            throws IOException {
        final byte[] source = InetAddress.ofLiteral(from).getAddress();
        final byte[] destination = InetAddress.ofLiteral(to).getAddress();
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final DataOutputStream out = new DataOutputStream(bytes);
        out.write(SIGNATURE);
        out.writeByte(versionAndCommand);
        out.writeByte(family);
        out.writeShort(source.length + destination.length + 4 + more);
        out.write(source);
        out.write(destination);
        out.writeShort(40_000);
        out.writeShort(8080);
        out.write(new byte[more]);
        out.writeBytes(request);
        return bytes.toByteArray();
    }
}
