package io.pointsman.examples.sourceip;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Answers each datagram at one address with the client's address and the datagram itself. */
final class UdpEcho implements AutoCloseable {
    private static final int MAX_DATAGRAM_BYTES = 65_507;

    private final DatagramSocket socket;

    private UdpEcho(DatagramSocket socket) {
        this.socket = socket;
    }

    static UdpEcho open(InetSocketAddress address) throws IOException {
        try {
            final UdpEcho echo = new UdpEcho(new DatagramSocket(address));
            Thread.ofPlatform().daemon().name("udp " + address).start(echo::answerAll);
            return echo;
        } catch (IOException e) {
            throw new IOException("can't listen on UDP " + address + ": " + e.getMessage(), e);
        }
    }

    private void answerAll() {
        final byte[] buffer = new byte[MAX_DATAGRAM_BYTES];
        while (!socket.isClosed()) {
            final DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            try {
                socket.receive(packet);
                final String said = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
                final byte[] answer = EchoServer.bytes(
                        "client_address=" + AddressText.of(packet.getAddress()) + "\nbody=" + said + "\n");
                socket.send(new DatagramPacket(
                        answer, Math.min(answer.length, MAX_DATAGRAM_BYTES), packet.getSocketAddress()));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    System.err.println("echo server: UDP: " + e.getMessage());
                }
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
