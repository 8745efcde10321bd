package io.pointsman.testkit.lab;

import io.pointsman.linux.socket.RawSocket;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Client of an SCTP association that is never completed: each request is an INIT, sent again until an answer comes. */
final class SctpClient implements EchoClient {
    private static final Duration RETRANSMIT = Duration.ofSeconds(1);
    private static final int FIRST_PORT = 1024;
    private static final int END_PORT = 1 << 16;

    private final RawSocket socket;
    private final IpAddress to;
    private final int port;
    private final int ownPort;
    private final int tag = ThreadLocalRandom.current().nextInt() | 1;

    private SctpClient(RawSocket socket, IpAddress to, int port, int ownPort) {
        this.socket = socket;
        this.to = to;
        this.port = port;
        this.ownPort = ownPort;
    }

    static SctpClient open(LabHost host, Probe probe) throws IOException {
        final RawSocket socket = host.call(() -> RawSocket.open(probe.to().family(), SctpPacket.PROTOCOL));
        final int ownPort =
                probe.fromPort() == 0 ? ThreadLocalRandom.current().nextInt(FIRST_PORT, END_PORT) : probe.fromPort();
        return new SctpClient(socket, probe.to(), probe.port(), ownPort);
    }

    /** Binds the address; raw sockets have no ports. */
    void bind(IpAddress source) throws IOException {
        socket.bind(source);
    }

    /** Connects the socket; sends no packet. */
    @Override
    public void connect(InetSocketAddress remote, int timeoutMillis) throws IOException {
        socket.connect(to);
    }

    @Override
    public String ask(int timeoutMillis) throws IOException {
        final long deadline = System.nanoTime() + timeoutMillis * 1_000_000L;
        final byte[] init = SctpPacket.init(ownPort, port, tag).toBytes();
        long nextSend = System.nanoTime();
        for (long now = nextSend; now < deadline; now = System.nanoTime()) {
            if (now >= nextSend) {
                socket.send(to, init);
                nextSend = now + RETRANSMIT.toNanos();
            }
            final Optional<String> line = socket.receive(Duration.ofNanos(Math.min(deadline, nextSend) - now))
                    .flatMap(packet -> SctpPacket.parse(packet.payload()))
                    .filter(this::isMine)
                    .map(SctpPacket::cookie);
            if (line.isPresent()) {
                return line.get();
            }
        }
        throw new SocketTimeoutException("no INIT ACK");
    }

    private boolean isMine(SctpPacket packet) {
        return !packet.isInit()
                && packet.sourcePort() == port
                && packet.destinationPort() == ownPort
                && packet.verificationTag() == tag;
    }

    @Override
    public void close() {
        socket.close();
    }
}
