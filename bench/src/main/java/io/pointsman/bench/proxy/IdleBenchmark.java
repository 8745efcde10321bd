package io.pointsman.bench.proxy;

import io.pointsman.bench.kernel.Memory;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Memory of an idle TCP connection in the userspace backend: {@code [connections]}. Each takes two descriptors in this
 * process and two in the backend's.
 */
public final class IdleBenchmark {
    private static final int MEBIBYTE = 1 << 20;

    private IdleBenchmark() {}

    public static void main(String[] args) throws Exception {
        final int count = args.length == 0 ? 9_500 : Integer.parseInt(args[0]);
        final List<SocketChannel> open = new ArrayList<>();
        try (ServerSocketChannel listening =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4096)) {
            final int port = Contender.freePort();
            final Process proxy = Contender.startPointsman(
                    port, listening.socket().getLocalPort(), 1, List.of("-Xmx1g", "-XX:+UseSerialGC"), List.of());
            try (BufferedReader answers = proxy.inputReader(StandardCharsets.UTF_8)) {
                answers.readLine(); // it listens
                connect(port, listening, open, 100); // resources that only the first connections load
                final long heapBefore = heap(proxy, answers);
                final double residentBefore = Memory.residentMebibytes(proxy.pid());
                connect(port, listening, open, count);
                final long heapAfter = heap(proxy, answers);
                System.out.printf(
                        Locale.ROOT,
                        "%d idle connections: %d bytes of heap each, %.0f bytes of resident memory each%n",
                        count,
                        (heapAfter - heapBefore) / count,
                        (Memory.residentMebibytes(proxy.pid()) - residentBefore) * MEBIBYTE / count);
            } finally {
                proxy.destroy();
            }
        }
    }

    /** Opens connections and sends a byte each way, so that buffers allocated for traffic are included. */
    private static void connect(int port, ServerSocketChannel listening, List<SocketChannel> open, int count)
            throws IOException {
        for (int i = 0; i < count; i++) {
            final SocketChannel client =
                    SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            final SocketChannel endpoint = listening.accept();
            open.add(client);
            open.add(endpoint);
            final ByteBuffer one = ByteBuffer.allocate(1);
            client.write(one);
            endpoint.read(one.clear());
            endpoint.write(one.flip());
            client.read(one.clear());
        }
    }

    private static long heap(Process proxy, BufferedReader answers) throws IOException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            proxy.outputWriter().append('h').flush();
            least = Math.min(least, Long.parseLong(answers.readLine().substring("heap ".length())));
        }
        return least;
    }
}
