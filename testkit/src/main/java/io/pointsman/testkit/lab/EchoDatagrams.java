package io.pointsman.testkit.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/** Answers each datagram. */
final class EchoDatagrams implements EchoHandler {
    private final String server;
    private final DatagramChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(2048);

    EchoDatagrams(String server, DatagramChannel channel) {
        this.server = server;
        this.channel = channel;
    }

    @Override
    public void ready() throws IOException {
        buffer.clear();
        if (channel.receive(buffer) instanceof InetSocketAddress peer) {
            final InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
            channel.send(ByteBuffer.wrap(EchoProtocol.answer(server, peer, local)), peer);
        }
    }

    @Override
    public void stopAccepting() {
        close();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
