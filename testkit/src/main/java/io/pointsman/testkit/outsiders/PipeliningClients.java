package io.pointsman.testkit.outsiders;

import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Clients that send HTTP requests without pause and read no answer; a client that is cut connects again. */
public final class PipeliningClients implements Outsider {
    private static final int REQUESTS_AT_ONCE = 200;
    private static final int RECEIVE_BUFFER_BYTES = 4096;
    private static final long PAUSE_MILLIS = 50;

    private final List<Target> targets;
    private final List<Loop> loops = new ArrayList<>();
    private final LongAdder requests = new LongAdder();

    /** Creates one client for each target; a target may occur several times. */
    public PipeliningClients(List<Target> targets) {
        this.targets = List.copyOf(targets);
    }

    @Override
    public void begin(Site site) {
        for (Target target : targets) {
            final ByteBuffer block =
                    ByteBuffer.wrap(target.request().repeat(REQUESTS_AT_ONCE).getBytes(StandardCharsets.US_ASCII));
            loops.add(Loop.start("pipelining to " + target, () -> connection(site.outsider(), target, block)));
        }
    }

    private void connection(LabHost host, Target target, ByteBuffer block) throws InterruptedException {
        try (SocketChannel channel = host.call(SocketChannel::open)) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            channel.connect(target.socketAddress());
            while (true) {
                block.clear();
                while (block.hasRemaining()) {
                    channel.write(block);
                }
                requests.add(REQUESTS_AT_ONCE);
            }
        } catch (ClosedByInterruptException _) {
            Thread.currentThread().interrupt();
        } catch (IOException _) {
            // cut or refused, as it should be: it comes again
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }

    /** Returns the number of requests sent. */
    @Override
    public long deeds() {
        return requests.sum();
    }

    @Override
    public void close() {
        loops.forEach(Loop::close);
    }
}
