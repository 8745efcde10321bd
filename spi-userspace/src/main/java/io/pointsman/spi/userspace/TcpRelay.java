package io.pointsman.spi.userspace;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelException;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.pointsman.model.Protocol;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.nat.Verdict;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.Rule;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A client's TCP connection, from the engine's decision through the dials to the end. The endpoint's socket lives on the
 * same event loop as the client's, and everything here runs on it.
 *
 * <p>Nothing is read from the client before its endpoint is connected: what it sends meanwhile, and its FIN, wait in the
 * kernel.
 */
final class TcpRelay {
    private static final RareWarning NO_SOCKET = new RareWarning(
            LoggerFactory.getLogger(TcpRelay.class), "no socket to dial {}, its client is reset ({} times before)");

    /** However many endpoints there are: a client has given up long before. */
    private static final int MAX_DIALS = 8;

    private final ProxyContext proxy;
    private final TcpListener listener;
    private final Lane lane;
    private final SocketChannel clientSocket;
    private final RelayEnd client;
    private @Nullable InetSocketAddress clientAddress; // none until decided
    private @Nullable RelayEnd endpoint; // the one dialed last
    private ConnectDecision.@Nullable Forward choice;
    private @Nullable Set<PoolEndpoint> tried; // none until the first dial fails
    private @Nullable ScheduledFuture<?> deadline; // of the dial under way
    private boolean lastChance; // the dial under way was waited for once already
    private int dials;
    private boolean connected;
    private boolean aborted;
    private boolean finished;

    private TcpRelay(ProxyContext proxy, TcpListener listener, Lane lane, SocketChannel clientSocket) {
        this.proxy = proxy;
        this.listener = listener;
        this.lane = lane;
        this.clientSocket = clientSocket;
        this.client = new RelayEnd(this, clientSocket);
    }

    /** Takes over a connection just accepted. Any thread. */
    static void start(ProxyContext proxy, TcpListener listener, SocketChannel accepted) {
        if (!proxy.admitRelay()) {
            Sockets.reset(accepted);
            return;
        }
        final Lane lane = proxy.nextLane();
        proxy.configure(accepted);
        // The end is in place before the socket is registered: its client's RST may come before the decision.
        final TcpRelay relay = new TcpRelay(proxy, listener, lane, accepted);
        accepted.pipeline().addLast(relay.client);
        final var _ = lane.loop().register(accepted).addListener(registered -> {
            if (registered.isSuccess()) {
                relay.decide();
            } else {
                relay.finish();
                accepted.unsafe().closeForcibly();
            }
        });
    }

    private void decide() {
        final @Nullable InetSocketAddress from = clientSocket.remoteAddress();
        final @Nullable InetSocketAddress to = clientSocket.localAddress();
        if (!clientSocket.isOpen() || from == null || to == null) { // gone already
            Sockets.reset(clientSocket);
            finish();
            return;
        }
        lane.add(this);
        clientAddress = from;
        final ConnectDecision decision = proxy.engine()
                .connect(
                        Protocol.TCP,
                        Sockets.ip(from),
                        from.getPort(),
                        Sockets.ip(to),
                        to.getPort(),
                        proxy.host().ingressOf(from),
                        proxy.nanoTime());
        switch (decision) {
            case ConnectDecision.Forward forward -> dial(forward);
            case ConnectDecision.Refused refused -> {
                clientSocket.pipeline().remove(client);
                finish();
                turnAway(refused.verdict());
            }
        }
    }

    private void turnAway(Verdict verdict) {
        switch (verdict) {
            case DROP, INVALID -> proxy.dropped().hold(clientSocket);
            case FORWARD, PASS, ADMIT, REJECT -> Sockets.reset(clientSocket);
        }
    }

    private void dial(ConnectDecision.Forward forward) {
        choice = forward;
        dials++;
        final SocketChannel socket;
        try {
            socket = proxy.transport().newSocket(forward.endpoint().address().family());
        } catch (ChannelException e) {
            // Out of file descriptors, most likely: another endpoint would not help.
            NO_SOCKET.warn(forward.endpoint(), e);
            abort();
            return;
        }
        proxy.configure(socket);
        final @Nullable InetSocketAddress source = proxy.host().sourceOf(clientAddress(), forward);
        if (source != null && !Sockets.borrow(socket, source)) {
            socket.unsafe().closeForcibly();
            abort();
            return;
        }
        final RelayEnd end = new RelayEnd(this, socket);
        endpoint = end;
        socket.pipeline().addLast(end);
        final var _ = lane.loop().register(socket).addListener(registered -> {
            if (registered.isSuccess()) {
                final var _ = socket.connect(Sockets.address(forward.endpoint()), source)
                        .addListener(dialed -> dialed(end, dialed));
            } else {
                dialed(end, registered);
            }
        });
        if (isDialing() && end == endpoint) {
            final UserspaceSettings settings = proxy.settings();
            awaitDial(dials == 1 ? settings.firstConnectTimeout() : settings.connectTimeout());
        }
    }

    private InetSocketAddress clientAddress() {
        return Objects.requireNonNull(clientAddress, "known before the first dial");
    }

    private boolean isDialing() {
        return !connected && !aborted;
    }

    private void awaitDial(Duration timeout) {
        deadline = lane.loop().schedule(this::dialTimedOut, timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void dialTimedOut() {
        if (!isDialing() || dialAnother()) {
            return;
        }
        final UserspaceSettings settings = proxy.settings();
        final Duration rest = settings.connectTimeout().minus(settings.firstConnectTimeout());
        if (dials == 1 && !lastChance && !rest.isZero()) {
            lastChance = true; // no other endpoint: the first dial gets its full time after all
            awaitDial(rest);
        } else {
            abort();
        }
    }

    private void dialed(RelayEnd end, Future<?> dialed) {
        if (end != endpoint || !isDialing()) {
            Sockets.close(end.socket()); // given up meanwhile
        } else if (dialed.isSuccess()) {
            connected = true;
            tried = null;
            stopWaiting();
            proxy.engine().established(flow(), proxy.nanoTime());
            announce(end.socket());
            RelayEnd.join(client, end);
        } else if (!dialAnother()) {
            abort();
        }
    }

    /** Tells the endpoint who is there, if it expects that: in front of all else, and not among the bytes counted. */
    private void announce(SocketChannel socket) {
        final Rule rule = Objects.requireNonNull(choice, "only a forwarded connection is announced")
                .rule();
        if (rule.proxyHeader().isPresent()) {
            final ByteBuf header =
                    ProxyHeaders.of(rule.proxyHeader().get(), clientAddress(), listener.address(), socket.alloc());
            final var _ = socket.writeAndFlush(header, socket.voidPromise());
        }
    }

    /** Gives the current dial up for another endpoint; false when there is none, and nothing has changed. */
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
            Sockets.close(old.socket());
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

    /** Bytes went through: read at this end, written to the other. */
    void transferred(RelayEnd from, int bytes) {
        final boolean out = from == client;
        proxy.engine().transferred(flow(), out ? bytes : 0, out ? 0 : bytes, proxy.nanoTime());
    }

    /** Where it goes, or is to go. */
    PoolEndpoint endpoint() {
        return Objects.requireNonNull(choice, "only a forwarded connection has an endpoint")
                .endpoint();
    }

    /** The frontend it came in by. */
    TcpListener listener() {
        return listener;
    }

    /** Resets both sides: one failed, or its time is up. */
    void abort() {
        if (!aborted) {
            aborted = true;
            stopWaiting();
            Sockets.reset(clientSocket);
            final RelayEnd dialed = endpoint;
            if (dialed != null) {
                Sockets.reset(dialed.socket());
            }
        }
    }

    /** A side's socket is closed. Clean: after a FIN each way. */
    void closed(RelayEnd end, boolean clean) {
        final RelayEnd current = endpoint;
        if (end != client && (end != current || !connected)) {
            return; // a dial that failed says so by its future
        }
        if (!clean) {
            abort();
        }
        if (!clientSocket.isOpen() && (current == null || !current.socket().isOpen())) {
            finish();
        }
    }

    private void finish() {
        if (!finished) {
            finished = true;
            lane.remove(this);
            proxy.releaseRelay();
            if (choice != null) {
                proxy.engine().disconnect(choice.flow(), proxy.nanoTime());
            }
        }
    }
}
