package io.pointsman.spi.userspace;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;

/** UDP client with one socket. */
final class UdpClient implements AutoCloseable {
    private final DatagramSocket socket;
    private final byte[] buffer = new byte[65_536];

    UdpClient() throws IOException {
        socket = new DatagramSocket();
        patience(Duration.ofSeconds(30));
    }

    /** Sets the timeout for an answer. */
    void patience(Duration time) throws IOException {
        socket.setSoTimeout((int) time.toMillis());
    }

    void connect(InetSocketAddress to) throws IOException {
        socket.connect(to);
    }

    void send(int size) throws IOException {
        final byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        if (size > 0) {
            socket.send(new DatagramPacket(bytes, size));
        } else { // a connected socket of the JDK does not send an empty datagram
            final SocketAddress to = socket.getRemoteSocketAddress();
            socket.disconnect();
            socket.send(new DatagramPacket(bytes, size, to));
            socket.connect(to);
        }
    }

    /** Sends {@code size} bytes and returns the number of bytes echoed; -1 if they differ. */
    int ask(int size) throws IOException {
        send(size);
        final byte[] expected = new byte[size];
        new Random(size).nextBytes(expected);
        final DatagramPacket answer = receive();
        return Arrays.equals(buffer, 0, answer.getLength(), expected, 0, size) ? answer.getLength() : -1;
    }

    /** Returns the name of the server that answers. */
    String askName() throws IOException {
        send(1);
        return new String(buffer, 0, receive().getLength(), StandardCharsets.UTF_8);
    }

    /** Returns the name of the server that answers; empty if none does within 100 ms. */
    String tryAskName() {
        try {
            patience(Duration.ofMillis(100));
            return askName();
        } catch (IOException _) {
            return "";
        }
    }

    /** Returns the length of the next datagram. */
    int receiveBytes() throws IOException {
        return receive().getLength();
    }

    int port() {
        return socket.getLocalPort();
    }

    private DatagramPacket receive() throws IOException {
        final DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        return packet;
    }

    @Override
    public void close() {
        socket.close();
    }
}
