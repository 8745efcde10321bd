package io.pointsman.testkit.lab;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The client's side of an exchange with an echo server. */
sealed interface EchoClient extends AutoCloseable permits EchoClient.Stream, EchoClient.Datagrams, SctpClient {
    void connect(InetSocketAddress remote, int timeoutMillis) throws IOException;

    /** Sends a request and returns the line that comes back. */
    String ask(int timeoutMillis) throws IOException;

    @Override
    void close() throws IOException;

    /** A client over TCP. */
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

    /**
     * A client over UDP, connected, so that it gets refusals. Requests are numbered, as the answer to an earlier one may be
     * late.
     */
    final class Datagrams implements EchoClient {
        private final DatagramChannel channel;
        private int asked;

        Datagrams(DatagramChannel channel) {
            this.channel = channel;
        }

        void bind(InetSocketAddress own) throws IOException {
            channel.bind(own);
        }

        @Override
        public void connect(InetSocketAddress remote, int timeoutMillis) throws IOException {
            channel.connect(remote);
        }

        @Override
        public String ask(int timeoutMillis) throws IOException {
            final long deadlineNanos = System.nanoTime() + timeoutMillis * 1_000_000L;
            final byte[] request = EchoProtocol.request(++asked);
            final String end = new String(request, StandardCharsets.US_ASCII);
            final DatagramSocket socket = channel.socket();
            socket.send(new DatagramPacket(request, request.length));
            final DatagramPacket answer =
                    new DatagramPacket(new byte[EchoProtocol.LINE_LIMIT], EchoProtocol.LINE_LIMIT);
            while (true) {
                final long leftMillis = Math.ceilDiv(deadlineNanos - System.nanoTime(), 1_000_000L);
                if (leftMillis <= 0) {
                    throw new SocketTimeoutException("no answer to this request");
                }
                socket.setSoTimeout(Math.toIntExact(leftMillis));
                answer.setLength(EchoProtocol.LINE_LIMIT);
                socket.receive(answer);
                final String text = new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
                if (text.endsWith(end)) {
                    return text.substring(0, text.length() - end.length());
                }
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
