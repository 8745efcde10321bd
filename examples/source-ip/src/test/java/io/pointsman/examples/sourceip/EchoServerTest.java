package io.pointsman.examples.sourceip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class EchoServerTest {
    private static final InetSocketAddress POD = EchoServer.parse("127.180.1.136:0");
    private static final int TIMEOUT_MILLIS = 10_000;

    @Test
    void shouldAnswerInTheTutorialsWordsWhenAsked() throws IOException {
        try (EchoServer server = EchoServer.start(List.of(POD))) {
            final String answer = exchange(
                    server.addresses().getFirst(),
                    "GET /a?b=c HTTP/1.1\r\nHost: 10.0.170.92\r\nUser-Agent: wget\r\nConnection: close\r\n\r\n");

            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
            assertThat(answer.substring(answer.indexOf("\r\n\r\n") + 4))
                    .isEqualTo("""
                            CLIENT VALUES:
                            client_address=127.244.3.8
                            command=GET
                            real path=/a
                            query=b=c
                            request_version=1.1
                            request_uri=http://10.0.170.92:8080/a?b=c

                            SERVER VALUES:
                            server_version=source-ip-app on 127.180.1.136 - java: %d

                            HEADERS RECEIVED:
                            connection=close
                            host=10.0.170.92
                            user-agent=wget
                            BODY:
                            -no body in request-
                            """.formatted(Runtime.version().feature()));
        }
    }

    @Test
    void shouldAnswerTwiceWhenTheConnectionIsKept() throws IOException {
        try (EchoServer server = EchoServer.start(List.of(POD))) {
            final String answer = exchange(
                    server.addresses().getFirst(),
                    "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.0\r\n\r\n");

            assertThat(answer.split("HTTP/1.1 200 OK", -1)).hasSize(3);
            assertThat(answer).contains("command=POST", "BODY:\nabc\n", "query=nil", "request_version=1.0");
        }
    }

    @Test
    void shouldRefuseWhenTheRequestIsNoHttp() throws IOException {
        try (EchoServer server = EchoServer.start(List.of(POD))) {
            assertThat(exchange(server.addresses().getFirst(), "what is this\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("not an HTTP/1 request line: what is this");
        }
    }

    @Test
    void shouldTellTheClientsAddressWhenAskedByUdp() throws IOException {
        try (EchoServer server = EchoServer.start(List.of(POD));
                DatagramSocket client = new DatagramSocket(EchoServer.parse("127.244.3.8:0"))) {
            client.setSoTimeout(TIMEOUT_MILLIS);
            final byte[] question = EchoServer.bytes("hello");
            client.send(new DatagramPacket(
                    question, question.length, server.addresses().getFirst()));
            final DatagramPacket answer = new DatagramPacket(new byte[512], 512);
            client.receive(answer);

            assertThat(new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8))
                    .isEqualTo("client_address=127.244.3.8\nbody=hello\n");
        }
    }

    @Test
    void shouldNameTheAddressWhenItCantBeHad() throws IOException {
        try (EchoServer server = EchoServer.start(List.of(POD))) {
            assertThatThrownBy(() -> EchoServer.start(server.addresses()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(server.addresses().getFirst().toString());
        }
    }

    @Test
    void shouldRefuseWhenAnArgumentIsNoAddress() {
        assertThatThrownBy(() -> EchoServer.parse("127.0.0.1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("127.0.0.1");
    }

    /** Sends bytes from the tutorial's busybox pod, and returns the response up to the end of the connection. */
    private static String exchange(InetSocketAddress server, String request) throws IOException {
        try (Socket client = new Socket()) {
            client.setSoTimeout(TIMEOUT_MILLIS);
            client.bind(EchoServer.parse("127.244.3.8:0"));
            client.connect(server, TIMEOUT_MILLIS);
            client.getOutputStream().write(EchoServer.bytes(request));
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
