package io.pointsman.linux.localhost;

import io.pointsman.linux.Threads;
import io.pointsman.linux.netns.Whereabouts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * The event loop of the forwarder: one thread that moves all bytes, with its connections, sessions and a buffer that they
 * share. The thread is in the network namespace, so that the connections that it opens are too. Other threads reach it by
 * {@link #run}.
 */
final class ForwarderLoop {
    /** Size of the shared buffer: the largest UDP datagram fits. */
    static final int SCRATCH_BYTES = 1 << 16;

    private static final long TICK_MILLIS = 500;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS);
    private static final long TURN_SECONDS = 10;
    private static final long WARNING_NANOS = TimeUnit.MINUTES.toNanos(1);

    final ForwarderLimits limits;
    final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH_BYTES);
    final Set<TcpRelay> relays = new LinkedHashSet<>();
    final Set<UdpSession> sessions = new LinkedHashSet<>();
    final Set<TcpPort> resting = new LinkedHashSet<>();

    /** Addresses at which TCP ports listen; any thread. */
    final Set<InetSocketAddress> tcpPorts = ConcurrentHashMap.newKeySet();

    final Set<InetSocketAddress> udpPorts = ConcurrentHashMap.newKeySet();

    private final Selector selector;
    private final Consumer<String> warning;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean isStopped;
    private long tickedNanos = System.nanoTime();
    private long warnedNanos = System.nanoTime() - WARNING_NANOS;

    private ForwarderLoop(Selector selector, Whereabouts place, ForwarderLimits limits, Consumer<String> warning) {
        this.selector = selector;
        this.limits = limits;
        this.warning = warning;
        this.thread = Thread.ofPlatform().name("localhost-forwarder").daemon().unstarted(() -> live(place));
    }

    static ForwarderLoop start(Whereabouts place, ForwarderLimits limits, Consumer<String> warning) throws IOException {
        final ForwarderLoop loop = new ForwarderLoop(Selector.open(), place, limits, warning);
        loop.thread.start();
        return loop;
    }

    /** Runs a task on the loop's thread. Any thread. */
    void run(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    SelectionKey register(SelectableChannel channel, int interest, Ready ready) throws IOException {
        channel.configureBlocking(false);
        final SelectionKey key = channel.register(selector, interest, ready);
        selector.wakeup();
        return key;
    }

    /** Warns, at most once a minute. */
    void warn(String what) {
        final long now = System.nanoTime();
        if (now - warnedNanos >= WARNING_NANOS) {
            warnedNanos = now;
            warning.accept(what);
        }
    }

    /**
     * Waits until the addresses of ports that were closed are free: a selector keeps a closed socket until its next select.
     */
    void awaitClosed() {
        final CompletableFuture<Boolean> turned = new CompletableFuture<>();
        run(() -> turned.complete(forgetClosed()));
        try {
            turned.get(TURN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException
                | TimeoutException e) { // then they are not free, which is told where they are wanted
            warning.accept("ports on loopback that are no longer needed are still open: " + e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean forgetClosed() {
        try {
            selector.selectNow();
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    /** Ends all connections and sessions, and waits until they have ended. */
    void stop() {
        isStopped = true;
        selector.wakeup();
        Threads.await(thread);
    }

    private void live(Whereabouts place) {
        try {
            place.call(() -> {
                while (!isStopped) {
                    turn();
                }
                return true;
            });
        } catch (IOException | RuntimeException e) {
            warning.accept("node ports on loopback are not served until the next change: " + e);
        } finally {
            selector.keys().forEach(key -> Sockets.close(key.channel()));
            closeSelector();
        }
    }

    private void closeSelector() {
        try {
            selector.close();
        } catch (IOException e) {
            warning.accept("the selector of node ports on loopback can't be closed: " + e.getMessage());
        }
    }

    private void turn() throws IOException {
        selector.select(TICK_MILLIS);
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) { // first: what follows a change heeds it
            task.run();
        }
        final long now = System.nanoTime();
        final Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
        while (keys.hasNext()) {
            final SelectionKey key = keys.next();
            keys.remove();
            if (key.isValid() && key.attachment() instanceof Ready ready) {
                handle(ready, key, now);
            }
        }
        if (now - tickedNanos >= TICK_NANOS) {
            tickedNanos = now;
            List.copyOf(relays).forEach(relay -> relay.tick(now));
            List.copyOf(sessions).forEach(session -> session.tick(now));
            List.copyOf(resting).forEach(TcpPort::resume);
        }
    }

    private static void handle(Ready ready, SelectionKey key, long now) {
        try {
            ready.ready(key, now);
        } catch (IOException | CancelledKeyException _) { // one end broke, which the other is told, or was closed
            ready.fail(key);
        }
    }
}
