package io.pointsman.testkit.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;

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
            final byte[] request = Arrays.copyOf(buffer.array(), buffer.position());
            channel.send(ByteBuffer.wrap(EchoProtocol.answer(EchoProtocol.answer(server, peer, local), request)), peer);
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
