package io.pointsman.testkit.outsiders;

import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Opens connections and sends nothing; connections that are cut or refused are opened again. */
public final class IdleConnections implements Outsider {
    private static final int ROUNDS_PER_SECOND = 20;
    private static final long ROUND_MILLIS = 1000 / ROUNDS_PER_SECOND;

    private enum State {
        HELD
    }

    private final int count;
    private final int perRound;
    private final InetSocketAddress target;
    private final LongAdder opened = new LongAdder();
    private final AtomicInteger held = new AtomicInteger();
    private @Nullable Selector selector;
    private @Nullable Loop loop;

    /**
     * @param count number of connections to hold
     * @param perSecond highest number opened in a second
     */
    public IdleConnections(int count, int perSecond, InetSocketAddress target) {
        this.count = count;
        perRound = Math.max(1, perSecond / ROUNDS_PER_SECOND);
        this.target = target;
    }

    @Override
    public void begin(Site site) throws IOException {
        final Selector own = Selector.open();
        selector = own;
        loop = Loop.start("idle at " + target, () -> round(site.outsider(), own));
    }

    private void round(LabHost host, Selector own) throws IOException, InterruptedException {
        own.selectNow(this::happened);
        own.selectNow(this::happened); // removes keys that the first call cancelled
        final int wanted = Math.min(perRound, count - own.keys().size());
        if (wanted > 0) {
            host.<@Nullable Void, IOException>call(() -> {
                for (int i = 0; i < wanted; i++) {
                    open(own);
                }
                return null;
            });
        }
        TimeUnit.MILLISECONDS.sleep(ROUND_MILLIS);
    }

    private void open(Selector own) throws IOException {
        final SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            if (channel.connect(target)) {
                connected(channel.register(own, SelectionKey.OP_READ));
            } else {
                channel.register(own, SelectionKey.OP_CONNECT);
            }
        } catch (IOException _) {
            channel.close(); // refused at once
        }
    }

    private void connected(SelectionKey key) {
        key.attach(State.HELD);
        opened.increment();
        held.incrementAndGet();
    }

    private void happened(SelectionKey key) {
        final SocketChannel channel = (SocketChannel) key.channel();
        try {
            if (key.isConnectable() && channel.finishConnect()) {
                key.interestOps(SelectionKey.OP_READ);
                connected(key);
            } else if (key.isReadable() && channel.read(ByteBuffer.allocate(1)) < 0) {
                end(key);
            }
        } catch (IOException _) {
            end(key);
        }
    }

    private void end(SelectionKey key) {
        if (key.attachment() == State.HELD) {
            held.decrementAndGet();
        }
        Connections.close(key.channel());
    }

    /** Returns the number of connections held now. */
    public int held() {
        return held.get();
    }

    /** Returns the number of connections opened so far, including those cut since. */
    @Override
    public long deeds() {
        return opened.sum();
    }

    @Override
    public void close() {
        if (loop != null) {
            loop.close();
        }
        if (selector != null) {
            selector.keys().forEach(key -> Connections.close(key.channel()));
            Connections.close(selector);
        }
    }
}
