package io.pointsman.testkit.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;

/** Answers each line of one connection. */
final class EchoStream implements EchoHandler {
    private final SocketChannel channel;
    private final byte[] answer;
    private final ByteBuffer buffer = ByteBuffer.allocate(2048);
    private final Consumer<EchoStream> whenClosed;

    EchoStream(String server, SocketChannel channel, Consumer<EchoStream> whenClosed) throws IOException {
        this.channel = channel;
        this.whenClosed = whenClosed;
        this.answer = EchoProtocol.answer(
                server, (InetSocketAddress) channel.getRemoteAddress(), (InetSocketAddress) channel.getLocalAddress());
    }

    @Override
    public void ready() throws IOException {
        buffer.clear();
        final int length = channel.read(buffer);
        if (length < 0) {
            close();
        }
        for (int i = 0; i < length; i++) {
            if (buffer.get(i) == '\n') {
                channel.write(ByteBuffer.wrap(answer)); // short, to a peer that waits for it: never a partial write
            }
        }
    }

    @Override
    public void stopAccepting() {}

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            whenClosed.accept(this);
        }
    }
}
