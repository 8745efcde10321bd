package io.pointsman.spi.userspace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** UDP endpoint that sends each datagram back. If it has a name, it answers a single byte with the name. */
final class UdpServer implements AutoCloseable {
    private final DatagramSocket socket;
    private final InetSocketAddress address;
    private final byte[] name;
    private final boolean answers;
    private final Thread thread;
    private final AtomicInteger received = new AtomicInteger();

    private UdpServer(InetSocketAddress at, String name, boolean answers) {
        try {
            socket = new DatagramSocket(at);
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
        this.address = (InetSocketAddress) socket.getLocalSocketAddress();
        this.name = name.getBytes(StandardCharsets.UTF_8);
        this.answers = answers;
        thread = Thread.ofVirtual().start(this::serve);
    }

    static UdpServer start(String name) {
        return start("127.0.0.1", name);
    }

    static UdpServer start(String address, String name) {
        return start(new InetSocketAddress(InetAddress.ofLiteral(address), 0), name);
    }

    static UdpServer start(InetSocketAddress at, String name) {
        return new UdpServer(at, name, true);
    }

    static UdpServer silent() {
        return new UdpServer(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), "", false);
    }

    InetSocketAddress address() {
        return address;
    }

    int received() {
        return received.get();
    }

    private void serve() {
        final byte[] buffer = new byte[65_536];
        try {
            while (!socket.isClosed()) {
                final DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                received.incrementAndGet();
                if (answers) {
                    final boolean asked = packet.getLength() == 1 && name.length > 0;
                    socket.send(new DatagramPacket(
                            asked ? name : buffer,
                            asked ? name.length : packet.getLength(),
                            packet.getSocketAddress()));
                }
            }
        } catch (IOException e) {
            if (!socket.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /**
     * Closes the socket and waits for its thread, because a socket stays open while a thread waits in it. Then the port is
     * free.
     */
    @Override
    public void close() {
        socket.close();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
