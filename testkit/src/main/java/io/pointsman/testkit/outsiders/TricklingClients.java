package io.pointsman.testkit.outsiders;

import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Clients that send an endless request header, one byte at a time. A client that is cut connects again. */
public final class TricklingClients implements Outsider {
    private static final long PAUSE_MILLIS = 100;
    private static final byte[] BEGIN = "GET / HTTP/1.1\r\nX-Slow: ".getBytes(StandardCharsets.US_ASCII);

    private final int count;
    private final Target target;
    private final List<SocketChannel> channels = new ArrayList<>(); // used by the loop only until it has ended
    private final LongAdder bytes = new LongAdder();
    private @Nullable Loop loop;

    public TricklingClients(int count, Target target) {
        this.count = count;
        this.target = target;
    }

    @Override
    public void begin(Site site) {
        loop = Loop.start("trickling to " + target, () -> round(site.outsider()));
    }

    private void round(LabHost host) throws IOException, InterruptedException {
        channels.removeIf(channel -> !isSent(channel, new byte[] {'s'}));
        while (channels.size() < count) {
            final SocketChannel channel = host.call(SocketChannel::open);
            channels.add(channel);
            try {
                channel.connect(target.socketAddress());
                channel.configureBlocking(false);
            } catch (IOException _) {
                channel.close();
                break; // refused: tried again in the next round
            }
            if (!isSent(channel, BEGIN)) {
                break;
            }
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }

    private boolean isSent(SocketChannel channel, byte[] what) {
        try {
            bytes.add(channel.write(ByteBuffer.wrap(what)));
            return true;
        } catch (IOException _) {
            Connections.close(channel);
            return false;
        }
    }

    /** Returns the number of bytes sent. */
    @Override
    public long deeds() {
        return bytes.sum();
    }

    @Override
    public void close() {
        if (loop != null) {
            loop.close();
        }
        channels.forEach(Connections::close);
    }
}
