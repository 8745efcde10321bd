package io.pointsman.testkit.outsiders;

import io.pointsman.model.IpAddress;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Sends single datagrams, each from a new address and port, so that each is a separate flow for the proxy. */
public final class DatagramSources implements Outsider {
    private static final int ROUNDS_PER_SECOND = 50;
    private static final long ROUND_MILLIS = 1000 / ROUNDS_PER_SECOND;
    private static final int OPEN_AT_ONCE = 256; // so that replies find a socket, as those of a real client do
    private static final int SOURCES = 1 << 16;

    private final int perRound;
    private final InetSocketAddress target;
    private final Deque<DatagramChannel> channels = new ArrayDeque<>(OPEN_AT_ONCE); // the loop's until it has ended
    private final LongAdder sent = new LongAdder();
    private @Nullable Loop loop;

    public DatagramSources(int perSecond, InetSocketAddress target) {
        perRound = Math.max(1, perSecond / ROUNDS_PER_SECOND);
        this.target = target;
    }

    @Override
    public void begin(Site site) {
        loop = Loop.start("datagrams to " + target, () -> round(site.outsider()));
    }

    private void round(LabHost host) throws IOException, InterruptedException {
        host.<@Nullable Void, IOException>call(() -> {
            for (int i = 0; i < perRound; i++) {
                send();
            }
            return null;
        });
        TimeUnit.MILLISECONDS.sleep(ROUND_MILLIS);
    }

    private void send() throws IOException {
        final DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
        channels.add(channel);
        if (channels.size() > OPEN_AT_ONCE) {
            channels.remove().close();
        }
        final int source = (int) Site.SPOOFED.address().low() + sent.intValue() % SOURCES;
        channel.bind(new InetSocketAddress(IpAddress.ofIpv4(source).toInetAddress(), 0));
        channel.send(ByteBuffer.wrap(new byte[] {1}), target);
        sent.increment();
    }

    /** Returns the number of datagrams sent. */
    @Override
    public long deeds() {
        return sent.sum();
    }

    @Override
    public void close() {
        if (loop != null) {
            loop.close();
        }
        channels.forEach(Connections::close);
    }
}
