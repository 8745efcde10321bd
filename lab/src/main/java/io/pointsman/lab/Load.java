package io.pointsman.lab;

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

/** Requests almost without pause, each on its own connection, until closed. */
final class Load implements AutoCloseable {
    /** Timeout that only a lost connection reaches, even on a busy machine. */
    private static final int TIMEOUT_MILLIS = 15_000;

    private static final long ROUNDS_NANOS = 120_000_000_000L;
    private static final long LOOK_MILLIS = 5;
    private static final long PAUSE_MILLIS = LabInUml.isInside() ? 40 : 4; // the agents on a slow kernel need time too
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final LabHost host;
    private final List<Thread> threads = new ArrayList<>();
    private final List<AtomicLong> requests = new ArrayList<>(); // completed requests of each thread
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    private Load(LabHost host) {
        this.host = host;
    }

    /** Starts requests from one host to these addresses, with a thread for each. */
    static Load start(LabHost host, List<IpAddress> addresses, int port) {
        final Load load = new Load(host);
        for (IpAddress address : addresses) {
            final InetSocketAddress to = new InetSocketAddress(address.toInetAddress(), port);
            final AtomicLong ended = new AtomicLong();
            load.requests.add(ended);
            load.threads.add(
                    Thread.ofPlatform().daemon().name("lab load " + address).start(() -> load.work(to, ended)));
        }
        return load;
    }

    private void work(InetSocketAddress to, AtomicLong ended) {
        while (!stopped) {
            try {
                ask(to);
                ended.incrementAndGet();
                Thread.sleep(PAUSE_MILLIS);
            } catch (IOException e) {
                failures.add(to + ": " + e.getMessage());
                ended.incrementAndGet();
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

    /** Waits until each thread has completed this many requests that began after this call. */
    void awaitRounds(int rounds) throws IOException {
        final List<Long> enough =
                requests.stream().map(ended -> ended.get() + 1 + rounds).toList(); // one may be under way
        final long deadline = System.nanoTime() + ROUNDS_NANOS;
        for (int i = 0; i < enough.size(); i++) {
            while (requests.get(i).get() < enough.get(i)) {
                if (System.nanoTime() - deadline > 0) {
                    throw new IOException("requests from " + host + " do not end: " + requests + ", not " + enough);
                }
                TutorialCluster.pause(LOOK_MILLIS);
            }
        }
    }

    /** Stops and returns the result. */
    Play.Finding end() {
        close();
        return new Play.Finding(
                failures.size() + " of "
                        + requests.stream().mapToLong(AtomicLong::get).sum() + " requests failed"
                        + (failures.isEmpty() ? "" : ", the first: " + failures.peek()),
                failures.isEmpty());
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
