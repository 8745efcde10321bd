package io.pointsman.spi.userspace.tcp;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.ScheduledFuture;
import io.pointsman.model.IpFamily;
import io.pointsman.model.Protocol;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import io.pointsman.spi.userspace.UserspaceSettings;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RareWarning;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * TCP connection of a client, from the engine's decision through the dials to its end. The endpoint's socket is on the same
 * event loop as the client's; all methods run there unless they say otherwise.
 *
 * <p>Nothing is read from the client before its endpoint is connected: until then its bytes and its FIN wait in the kernel.
 */
public final class TcpRelay {
    private static final RareWarning NO_SOCKET = new RareWarning(
            LoggerFactory.getLogger(TcpRelay.class),
            "no socket can be opened to {}, its client is reset ({} times before)");

    private static final RareWarning BROKEN = new RareWarning(
            LoggerFactory.getLogger(TcpRelay.class), "the connection of {} is reset ({} others before)");

    /** Maximum number of endpoints dialed for one connection: a client does not wait for more. */
    private static final int MAX_DIALS = 8;

    private final ProxyContext proxy;
    private final TcpListener listener;
    private final RelayLoop relayLoop;
    private final InetSocketAddress clientAddress;
    private final RelayEnd client;
    private @Nullable RelayEnd endpoint; // the one dialed last
    private ConnectDecision.@Nullable Forward choice;
    private @Nullable Set<PoolEndpoint> tried; // none until the first dial fails
    private @Nullable ScheduledFuture<?> deadline; // of the current dial
    private boolean lastChance; // the current dial has had its first timeout
    private int dials;
    private boolean connected;
    private boolean aborted;
    private boolean finished;

    private TcpRelay(
            ProxyContext proxy,
            TcpListener listener,
            RelayLoop relayLoop,
            InetSocketAddress clientAddress,
            BiFunction<TcpRelay, RelayLoop, RelayEnd> client) {
        this.proxy = proxy;
        this.listener = listener;
        this.relayLoop = relayLoop;
        this.clientAddress = clientAddress;
        this.client = client.apply(this, relayLoop);
    }

    /**
     * Takes over a connection that was accepted and admitted; at once if the calling thread is its event loop. Any thread.
     */
    static void start(
            ProxyContext proxy,
            TcpListener listener,
            InetSocketAddress from,
            BiFunction<TcpRelay, RelayLoop, RelayEnd> client) {
        final RelayLoop relayLoop = proxy.nextLane();
        final TcpRelay relay = new TcpRelay(proxy, listener, relayLoop, from, client);
        if (relayLoop.loop().inEventLoop()) {
            relay.guard(relay::begin);
        } else {
            relay.later(relay::begin);
        }
    }

    private void begin() {
        if (client.register()) {
            decide();
        }
    }

    /** Queues a step on the event loop. Any thread. */
    void later(Runnable step) {
        relayLoop.loop().execute(() -> guard(step));
    }

    /** Runs a step. Anything it throws, errors included, costs this connection only. */
    private void guard(Runnable step) {
        try {
            step.run();
        } catch (Throwable e) {
            broken(e);
        }
    }

    /** Resets the connection after an unexpected failure or for want of memory. */
    void broken(Throwable cause) {
        BROKEN.warn(this, cause);
        try {
            abort();
        } catch (Throwable e) { // the event loop's other connections must not suffer
            BROKEN.warn(this, e);
        }
    }

    /** Text for a log: only addresses, no text that a client sent. */
    @Override
    public String toString() {
        return clientAddress + " at " + listener.address();
    }

    private void decide() {
        if (!client.isOpen()) { // gone already
            finish();
            return;
        }
        relayLoop.add(this);
        final InetSocketAddress to = listener.address();
        final ConnectDecision decision = proxy.engine()
                .connect(
                        Protocol.TCP,
                        Sockets.ip(clientAddress),
                        clientAddress.getPort(),
                        Sockets.ip(to),
                        to.getPort(),
                        proxy.host().ingressOf(clientAddress),
                        proxy.nanoTime());
        switch (decision) {
            case ConnectDecision.Forward forward -> dial(forward);
            case ConnectDecision.Refused refused -> {
                finish();
                turnAway(refused.verdict());
            }
        }
    }

    private void turnAway(Verdict verdict) {
        switch (verdict) {
            case DROP, INVALID -> proxy.dropped().hold(client, relayLoop.loop());
            case FORWARD, PASS, ADMIT, REJECT -> client.reset();
        }
    }

    private void dial(ConnectDecision.Forward forward) {
        choice = forward;
        dials++;
        final RelayEnd end;
        try {
            end = newEnd(forward.endpoint().address().family());
        } catch (ChannelException | IOException e) {
            // Probably out of file descriptors: another endpoint would not help.
            NO_SOCKET.warn(forward.endpoint(), e);
            abort();
            return;
        }
        endpoint = end;
        end.connect(Sockets.address(forward.endpoint()), proxy.host().sourceOf(clientAddress, forward));
        if (isDialing() && end == endpoint) {
            final UserspaceSettings settings = proxy.settings();
            awaitDial(dials == 1 ? settings.firstConnectTimeout() : settings.connectTimeout());
        }
    }

    private RelayEnd newEnd(IpFamily family) throws IOException {
        if (proxy.transport().isEpoll()) {
            final Socket socket = proxy.transport().newSocket(family);
            try {
                proxy.configure(socket);
            } catch (IOException e) {
                Sockets.close(socket);
                throw e;
            }
            return new EpollEnd(this, proxy, relayLoop, socket);
        }
        final SocketChannel channel = proxy.transport().newChannel(family);
        try {
            proxy.configure(channel);
        } catch (IOException e) {
            Sockets.close(channel);
            throw e;
        }
        return new NioEnd(this, proxy, relayLoop, channel);
    }

    private boolean isDialing() {
        return !connected && !aborted;
    }

    private void awaitDial(Duration timeout) {
        deadline = relayLoop.loop().schedule(() -> guard(this::dialTimedOut), timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void dialTimedOut() {
        if (!isDialing() || dialAnother()) {
            return;
        }
        final UserspaceSettings settings = proxy.settings();
        final Duration rest = settings.connectTimeout().minus(settings.firstConnectTimeout());
        if (dials == 1 && !lastChance && !rest.isZero()) {
            lastChance = true; // no other endpoint: the first dial gets its full time
            awaitDial(rest);
        } else {
            abort();
        }
    }

    /** Handles the outcome of a dial. */
    void dialed(RelayEnd end, boolean success) {
        if (end != endpoint || !isDialing()) {
            end.close(); // given up meanwhile
        } else if (success) {
            connected = true;
            tried = null;
            stopWaiting();
            proxy.engine().established(flow(), proxy.nanoTime());
            announce(end);
            RelayEnd.join(client, end);
        } else if (!dialAnother()) {
            abort();
        }
    }

    /** Sends the endpoint the PROXY header if the rule asks for it: before all other bytes, and not counted. */
    private void announce(RelayEnd end) {
        final Rule rule = Objects.requireNonNull(choice, "only a forwarded connection is announced")
                .rule();
        if (rule.proxyHeader().isPresent()) {
            end.announce(ProxyHeaders.of(
                    rule.proxyHeader().get(), clientAddress, listener.address(), PooledByteBufAllocator.DEFAULT));
        }
    }

    /** Gives the current dial up for another endpoint; false, with nothing changed, if there is none. */
    private boolean dialAnother() {
        final ConnectDecision.Forward failed = choice;
        final RelayEnd old = endpoint;
        if (failed == null || old == null || dials >= MAX_DIALS) {
            return false;
        }
        if (tried == null) {
            tried = new HashSet<>();
        }
        tried.add(failed.endpoint());
        final ConnectDecision next = proxy.engine().retry(failed.flow(), tried, proxy.nanoTime());
        if (next instanceof ConnectDecision.Forward forward) {
            stopWaiting();
            dial(forward);
            old.close();
            return true;
        }
        return false;
    }

    private void stopWaiting() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private long flow() {
        return Objects.requireNonNull(choice, "only a forwarded connection has a flow")
                .flow();
    }

    /** Counts bytes that were read at one end and written to the other. */
    void transferred(RelayEnd from, int bytes) {
        final boolean out = from == client;
        proxy.engine().transferred(flow(), out ? bytes : 0, out ? 0 : bytes, proxy.nanoTime());
    }

    /** Endpoint that the connection goes to, or is being dialed. */
    public PoolEndpoint endpoint() {
        return Objects.requireNonNull(choice, "only a forwarded connection has an endpoint")
                .endpoint();
    }

    /** Listener that accepted the connection. */
    public TcpListener listener() {
        return listener;
    }

    /** Resets both sides. */
    public void abort() {
        if (!aborted) {
            aborted = true;
            stopWaiting();
            client.reset();
            final RelayEnd dialed = endpoint;
            if (dialed != null) {
                dialed.reset();
            }
            finishIfClosed();
        }
    }

    /**
     * Handles the end of a side's socket.
     *
     * @param clean whether a FIN went each way
     */
    void closed(RelayEnd end, boolean clean) {
        if (end != client && (end != endpoint || !connected)) {
            return; // a failed dial reports its outcome itself
        }
        if (!clean) {
            abort();
        }
        finishIfClosed();
    }

    private void finishIfClosed() {
        final RelayEnd current = endpoint;
        if (!client.isOpen() && (current == null || !current.isOpen())) {
            finish();
        }
    }

    private void finish() {
        if (!finished) {
            finished = true;
            relayLoop.remove(this);
            proxy.releaseRelay(clientAddress);
            if (choice != null) {
                proxy.engine().disconnect(choice.flow(), proxy.nanoTime());
            }
        }
    }
}
