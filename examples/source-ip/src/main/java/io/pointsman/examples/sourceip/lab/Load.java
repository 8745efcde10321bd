package io.pointsman.examples.sourceip.lab;

import io.pointsman.model.IpAddress;
import io.pointsman.testkit.lab.LabHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Requests without a pause worth naming, each on a connection of its own, until closed. */
final class Load implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 3_000;
    private static final long PAUSE_MILLIS = LabInUml.isInside() ? 40 : 4; // a slow kernel has agents to serve too
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final LabHost host;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong requests = new AtomicLong();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    private Load(LabHost host) {
        this.host = host;
    }

    /** From one host to these addresses, a thread for each. */
    static Load start(LabHost host, List<IpAddress> addresses, int port) {
        final Load load = new Load(host);
        for (IpAddress address : addresses) {
            final InetSocketAddress to = new InetSocketAddress(address.toInetAddress(), port);
            load.threads.add(
                    Thread.ofPlatform().daemon().name("lab load " + address).start(() -> load.work(to)));
        }
        return load;
    }

    private void work(InetSocketAddress to) {
        while (!stopped) {
            try {
                ask(to);
                requests.incrementAndGet();
                Thread.sleep(PAUSE_MILLIS);
            } catch (IOException e) {
                requests.incrementAndGet();
                failures.add(to + ": " + e.getMessage());
            } catch (InterruptedException _) {
                return;
            }
        }
    }

    private void ask(InetSocketAddress to) throws IOException {
        try (SocketChannel channel = host.call(SocketChannel::open)) {
            final Socket socket = channel.socket();
            socket.connect(to, TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.getOutputStream().write(REQUEST);
            final String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!answer.contains("\nclient_address=")) {
                throw new IOException("an answer of " + answer.length() + " characters, cut short");
            }
        }
    }

    /** Ends it and says how it went. */
    Play.Finding end(long atLeast) {
        close();
        final long all = requests.get();
        return new Play.Finding(
                failures.size() + " of " + all + " requests failed"
                        + (failures.isEmpty() ? "" : ", the first: " + failures.peek()),
                failures.isEmpty() && all >= atLeast);
    }

    @Override
    public void close() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
