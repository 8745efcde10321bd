package io.pointsman.testkit.outsiders;

import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Clients of a Service that request an endless stream and read it very slowly; a client that is cut connects again. */
public final class SlowReaders implements Outsider {
    private static final int RECEIVE_BUFFER_BYTES = 4096;
    private static final int OPENED_AT_ONCE = 100;
    private static final int READ_BYTES = 64;
    private static final long PAUSE_MILLIS = 250;

    private final int count;
    private final InetSocketAddress target;
    private final List<SocketChannel> channels = new ArrayList<>(); // used by the loop only until it has ended
    private final ByteBuffer few = ByteBuffer.allocate(READ_BYTES);
    private final LongAdder opened = new LongAdder();
    private @Nullable Loop loop;

    /** @param target a Service with {@link Endpoints} behind it */
    public SlowReaders(int count, InetSocketAddress target) {
        this.count = count;
        this.target = target;
    }

    @Override
    public void begin(Site site) {
        loop = Loop.start("slow readers at " + target, () -> round(site.outsider()));
    }

    private void round(LabHost host) throws IOException, InterruptedException {
        channels.removeIf(channel -> !isOpen(channel));
        final int wanted = Math.min(OPENED_AT_ONCE, count - channels.size());
        for (int i = 0; i < wanted && open(host.call(SocketChannel::open)); i++) {
            opened.increment();
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }

    private boolean open(SocketChannel channel) throws IOException {
        channels.add(channel);
        try {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            channel.connect(target);
            channel.write(ByteBuffer.wrap(new byte[] {Endpoints.STREAM}));
            channel.configureBlocking(false);
            return true;
        } catch (IOException _) {
            channel.close(); // refused: tried again in the next round
            return false;
        }
    }

    private boolean isOpen(SocketChannel channel) {
        try {
            if (channel.isOpen() && channel.read(few.clear()) >= 0) {
                return true;
            }
            channel.close();
            return false;
        } catch (IOException _) {
            Connections.close(channel); // it was cut
            return false;
        }
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
        channels.forEach(Connections::close);
    }
}
