package io.pointsman.testkit.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class EchoClientTest {
    private static final int PATIENCE_MILLIS = 60_000;

    private final DatagramSocket server;

    EchoClientTest() throws IOException {
        server = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    }

    private DatagramPacket receive() throws IOException {
        final DatagramPacket request = new DatagramPacket(new byte[100], 100);
        server.receive(request);
        return request;
    }

    private void answer(DatagramPacket request, String line) throws IOException {
        final byte[] answer = EchoProtocol.answer(
                line.getBytes(StandardCharsets.US_ASCII), Arrays.copyOf(request.getData(), request.getLength()));
        server.send(new DatagramPacket(answer, answer.length, request.getSocketAddress()));
    }

    @Test
    void shouldNotTakeTheLateAnswerToAnEarlierRequest() throws Exception {
        try (server;
                EchoClient client = new EchoClient.Datagrams(DatagramChannel.open())) {
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()), 1);
            assertThatThrownBy(() -> client.ask(1)).isInstanceOf(SocketTimeoutException.class);
            answer(receive(), "late\n");
            final Thread serving = Thread.ofPlatform().start(() -> {
                try {
                    answer(receive(), "in time\n");
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });

            assertThat(client.ask(PATIENCE_MILLIS)).isEqualTo("in time\n");
            serving.join();
        }
    }

    @Test
    void shouldAnswerWhoDoesNotNumberWithTheLineAlone() {
        final byte[] line = "line\n".getBytes(StandardCharsets.US_ASCII);
        assertThat(EchoProtocol.answer(line, "who\n".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(line);
    }
}
