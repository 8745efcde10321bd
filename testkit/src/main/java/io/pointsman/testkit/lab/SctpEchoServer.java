package io.pointsman.testkit.lab;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.socket.RawSocket;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** Answers each INIT, on its own thread. Builds packets itself, as kernels without SCTP have no sockets for it. */
final class SctpEchoServer implements EchoServer {
    private static final Duration CLOSE_POLL = Duration.ofMillis(100);
    private static final int TAG = 0x706F696E;

    private final String server;
    private final IpAddress address;
    private final int port;
    private final RawSocket socket;
    private final Thread thread;
    private volatile boolean closed;

    private SctpEchoServer(String server, IpAddress address, int port, RawSocket socket) {
        this.server = server;
        this.address = address;
        this.port = port;
        this.socket = socket;
        this.thread = Thread.ofPlatform()
                .daemon()
                .name("lab SCTP server " + address.withPort(port))
                .unstarted(this::serve);
    }

    static SctpEchoServer start(LabHost host, IpAddress address, int port) throws KernelException {
        final RawSocket socket = host.call(() -> RawSocket.open(address.family(), SctpPacket.PROTOCOL));
        try {
            socket.bind(address);
        } catch (KernelException e) {
            socket.close();
            throw e;
        }
        final SctpEchoServer started = new SctpEchoServer(host.name(), address, port, socket);
        started.thread.start();
        return started;
    }

    private void serve() {
        try (socket) {
            while (!closed) {
                final Optional<RawSocket.Packet> packet = socket.receive(CLOSE_POLL);
                if (packet.isPresent()) {
                    answer(packet.get());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the SCTP server at " + address.withPort(port) + " stopped", e);
        }
    }

    private void answer(RawSocket.Packet packet) throws IOException {
        final Optional<SctpPacket> init =
                SctpPacket.parse(packet.payload()).filter(some -> some.isInit() && some.destinationPort() == port);
        if (init.isPresent()) {
            final InetSocketAddress peer = new InetSocketAddress(
                    packet.source().toInetAddress(), init.get().sourcePort());
            final InetSocketAddress local = new InetSocketAddress(address.toInetAddress(), port);
            final String line = new String(EchoProtocol.answer(server, peer, local), StandardCharsets.US_ASCII);
            socket.send(packet.source(), init.get().answer(TAG, line).toBytes());
        }
    }

    /** Closes the server, as it has no connections to keep. */
    @Override
    public void stopAccepting() {
        close();
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
