package io.pointsman.testkit.outsiders;

import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A well-behaved client: short TCP connections to several Services in turn, one at a time. */
final class InnocentClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;
    private static final long PAUSE_MILLIS = 5;

    private final Tally tally = new Tally();
    private final Loop loop;

    private InnocentClient(LabHost host, List<InetSocketAddress> vips) {
        loop = Loop.start("innocent client", () -> {
            for (InetSocketAddress vip : vips) {
                ask(new Request(host, vip));
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        });
    }

    static InnocentClient start(LabHost host, List<InetSocketAddress> vips) {
        return new InnocentClient(host, vips);
    }

    /** A single connection: sends a byte, expects the same byte back, then the end. */
    record Request(LabHost from, InetSocketAddress vip) {
        void run() throws IOException {
            try (SocketChannel channel = from.call(SocketChannel::open)) {
                final Socket socket = channel.socket();
                socket.setSoTimeout(PATIENCE_MILLIS);
                socket.connect(vip, PATIENCE_MILLIS);
                socket.getOutputStream().write(Endpoints.ONE_BYTE);
                final InputStream in = socket.getInputStream();
                if (in.read() != Endpoints.ONE_BYTE || in.read() >= 0) {
                    throw new IOException("ended before its answer");
                }
            } catch (IOException e) {
                throw new IOException("TCP " + vip + ": " + e.getMessage(), e);
            }
        }
    }

    private void ask(Request request) {
        final long startNanos = System.nanoTime();
        try {
            request.run();
            tally.answered(System.nanoTime() - startNanos);
        } catch (IOException e) {
            tally.lost(String.valueOf(e.getMessage()));
        }
    }

    Tally tally() {
        return tally;
    }

    /** Stops asking, after the current request is answered or lost. */
    @Override
    public void close() {
        loop.finish();
    }
}
