package io.pointsman.linux.localhost;

import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An endpoint: greets each TCP connection with its name and echoes what follows; answers each datagram with its name and the datagram. */
final class Answerer implements AutoCloseable {
    private final String name;
    private final ServerSocket tcp = new ServerSocket();
    private final DatagramSocket udp = new DatagramSocket(null);
    private final List<Socket> accepted = new ArrayList<>();

    private Answerer(String name) throws IOException {
        this.name = name;
    }

    static Answerer at(String address, String name) throws IOException {
        final Answerer answerer = new Answerer(name);
        answerer.tcp.bind(new InetSocketAddress(IpAddress.parse(address).toInetAddress(), 0));
        answerer.udp.bind(new InetSocketAddress(IpAddress.parse(address).toInetAddress(), answerer.tcp.getLocalPort()));
        Thread.ofPlatform().daemon().start(answerer::accept);
        Thread.ofPlatform().daemon().start(answerer::answer);
        return answerer;
    }

    String address() {
        return tcp.getInetAddress().getHostAddress() + ":" + tcp.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                final Socket socket = tcp.accept();
                synchronized (accepted) {
                    accepted.add(socket);
                }
                Thread.ofPlatform().daemon().start(() -> echo(socket));
            }
        } catch (IOException _) { // closed
            return;
        }
    }

    private void echo(Socket socket) {
        try (socket) {
            socket.getOutputStream().write((name + "\n").getBytes(StandardCharsets.UTF_8));
            final InputStream from = socket.getInputStream();
            from.transferTo(socket.getOutputStream());
        } catch (IOException _) { // the client's affair
            return;
        }
    }

    private void answer() {
        final byte[] buffer = new byte[1 << 16];
        try {
            while (true) {
                final DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                final byte[] answer = (name + " "
                                + new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8))
                        .getBytes(StandardCharsets.UTF_8);
                udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        } catch (SocketException _) { // closed
            return;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        tcp.close();
        udp.close();
        synchronized (accepted) {
            for (Socket socket : accepted) {
                socket.close();
            }
        }
    }
}
