package io.pointsman.testkit.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.Set;

/** Accepts connections. */
final class EchoListener implements EchoHandler {
    private final String server;
    private final ServerSocketChannel channel;
    private final Selector selector;
    private final Set<EchoStream> streams = new HashSet<>();

    EchoListener(String server, ServerSocketChannel channel, Selector selector) {
        this.server = server;
        this.channel = channel;
        this.selector = selector;
    }

    @Override
    public void ready() throws IOException {
        for (SocketChannel accepted = channel.accept(); accepted != null; accepted = channel.accept()) {
            accepted.configureBlocking(false);
            final EchoStream stream = new EchoStream(server, accepted, streams::remove);
            streams.add(stream);
            accepted.register(selector, SelectionKey.OP_READ, stream);
        }
    }

    @Override
    public void stopAccepting() {
        try {
            if (channel.isOpen()) {
                ready(); // a client whose connection the kernel already accepted gets it
            }
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        stopAccepting();
        Set.copyOf(streams).forEach(EchoStream::close);
    }
}
