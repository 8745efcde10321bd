package io.pointsman.testkit.outsiders;

import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;

/** A client that behaves like a DNS stub resolver: each query from its own socket, several in flight. */
final class DnsClient implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long PAUSE_MILLIS = 25;
    private static final byte[] QUERY = new byte[48];

    private final Tally tally = new Tally();
    private final Selector selector;
    private final Loop loop;

    private record Query(long atNanos) {}

    private DnsClient(LabHost host, InetSocketAddress vip, Selector selector) {
        this.selector = selector;
        loop = Loop.start("DNS client", () -> {
            ask(host, vip);
            collect();
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        });
    }

    static DnsClient start(LabHost host, InetSocketAddress vip) throws IOException {
        return new DnsClient(host, vip, Selector.open());
    }

    private void ask(LabHost host, InetSocketAddress vip) throws IOException {
        final DatagramChannel channel = host.call(() -> DatagramChannel.open(StandardProtocolFamily.INET));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Query(System.nanoTime()));
        channel.connect(vip);
        channel.write(ByteBuffer.wrap(QUERY));
    }

    private void collect() throws IOException {
        selector.selectNow(this::answered);
        final long nowNanos = System.nanoTime();
        for (SelectionKey key : selector.keys()) {
            if (key.isValid() && nowNanos - ((Query) key.attachment()).atNanos() > PATIENCE_NANOS) {
                tally.lost("UDP query: no answer");
                Connections.close(key.channel());
            }
        }
    }

    private void answered(SelectionKey key) {
        try {
            if (((DatagramChannel) key.channel()).read(ByteBuffer.allocate(QUERY.length)) == QUERY.length) {
                tally.answered(System.nanoTime() - ((Query) key.attachment()).atNanos());
            } else {
                tally.lost("UDP query: answered with something else");
            }
        } catch (IOException e) {
            tally.lost("UDP query: " + e.getMessage());
        }
        Connections.close(key.channel());
    }

    Tally tally() {
        return tally;
    }

    /** Stops asking, and waits for outstanding answers. */
    @Override
    public void close() {
        loop.close();
        try (selector) {
            do {
                collect();
                selector.select(this::answered, PAUSE_MILLIS);
            } while (!selector.keys().isEmpty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
