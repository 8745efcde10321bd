package io.pointsman.testkit.lab;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The client's side of a conversation. */
sealed interface EchoClient extends AutoCloseable permits EchoClient.Stream, EchoClient.Datagrams, SctpClient {
    void connect(InetSocketAddress remote, int timeoutMillis) throws IOException;

    /** Asks and returns the line that comes back. */
    String ask(int timeoutMillis) throws IOException;

    @Override
    void close() throws IOException;

    /** Over TCP. */
    record Stream(SocketChannel channel) implements EchoClient {
        @Override
        public void connect(InetSocketAddress remote, int timeoutMillis) throws IOException {
            channel.socket().connect(remote, timeoutMillis);
        }

        @Override
        public String ask(int timeoutMillis) throws IOException {
            final Socket socket = channel.socket();
            socket.setSoTimeout(timeoutMillis);
            socket.getOutputStream().write(EchoProtocol.REQUEST);
            final InputStream in = socket.getInputStream();
            final ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (line.size() < EchoProtocol.LINE_LIMIT) {
                final int next = in.read();
                if (next < 0) {
                    throw new EOFException("the server closed the connection");
                }
                if (next == '\n') {
                    return line.toString(StandardCharsets.US_ASCII);
                }
                line.write(next);
            }
            throw new IOException("an answer of more than " + EchoProtocol.LINE_LIMIT + " bytes");
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** Over UDP, connected, so that refusals are told. */
    record Datagrams(DatagramChannel channel) implements EchoClient {
        @Override
        public void connect(InetSocketAddress remote, int timeoutMillis) throws IOException {
            channel.connect(remote);
        }

        @Override
        public String ask(int timeoutMillis) throws IOException {
            final DatagramSocket socket = channel.socket();
            socket.setSoTimeout(timeoutMillis);
            socket.send(new DatagramPacket(EchoProtocol.REQUEST, EchoProtocol.REQUEST.length));
            final DatagramPacket answer =
                    new DatagramPacket(new byte[EchoProtocol.LINE_LIMIT], EchoProtocol.LINE_LIMIT);
            socket.receive(answer);
            return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
