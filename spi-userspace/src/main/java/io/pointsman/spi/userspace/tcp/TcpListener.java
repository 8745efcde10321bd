package io.pointsman.spi.userspace.tcp;

import io.netty.channel.unix.Socket;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.EndpointPool;
import io.pointsman.spi.userspace.loop.Listener;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RareWarning;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import io.pointsman.spi.userspace.loop.Target;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/** Listener for the TCP connections of one frontend at one address. */
public final class TcpListener implements Listener {
    private static final RareWarning CANNOT_ACCEPT = new RareWarning(
            LoggerFactory.getLogger(TcpListener.class),
            "can't accept connections at {} for the moment ({} times before)");
    static final int BACKLOG = 4096; // the kernel takes no more than net.core.somaxconn
    static final long ACCEPT_PAUSE_MILLIS = 100;

    private final ProxyContext proxy;
    private final InetSocketAddress address;
    private final Acceptor<?> acceptor;
    private final AtomicBoolean listening = new AtomicBoolean();
    private volatile EndpointPool serving;

    /** @throws io.netty.channel.ChannelException if the process has no file descriptors left */
    public TcpListener(ProxyContext proxy, InetSocketAddress address, IpFamily family, EndpointPool serving) {
        this.proxy = proxy;
        this.address = address;
        this.serving = serving;
        this.acceptor = acceptor(family);
    }

    private Acceptor<?> acceptor(IpFamily family) {
        if (!proxy.transport().isEpoll()) {
            return new NioAcceptor(proxy, this, proxy.transport().newServerChannel());
        }
        final Socket socket = proxy.transport().newSocket(family);
        if (proxy.host().isRouted(Sockets.ip(address))) {
            Sockets.bindFreely(socket.intValue(), family);
        }
        return new EpollAcceptor(proxy, this, socket);
    }

    @Override
    public InetSocketAddress address() {
        return address;
    }

    @Override
    public CompletableFuture<Void> open() {
        return acceptor.open().thenRun(() -> {
            listening.set(true);
            proxy.listening(1);
        });
    }

    @Override
    public boolean isOpen() {
        return acceptor.isOpen();
    }

    @Override
    public CompletableFuture<Void> serving(EndpointPool endpoints) {
        final EndpointPool before = serving;
        serving = endpoints;
        if (!proxy.settings().drainTimeout().isZero() && !before.endpoints().equals(endpoints.endpoints())) {
            drain(before, endpoints);
        }
        return CompletableFuture.completedFuture(null);
    }

    private void drain(EndpointPool before, EndpointPool after) {
        final Set<Target> gone = new HashSet<>(Target.of(before));
        gone.removeAll(Target.of(after));
        if (!gone.isEmpty()) {
            final long delay = proxy.settings().drainTimeout().toNanos();
            for (RelayLoop relayLoop : proxy.relayLoops()) {
                final var _ = relayLoop.loop().schedule(() -> cut(relayLoop, gone), delay, TimeUnit.NANOSECONDS);
            }
        }
    }

    /** Resets the connections to endpoints that are gone. Endpoints that came back during the drain timeout keep theirs. */
    private void cut(RelayLoop relayLoop, Set<Target> gone) {
        final Set<Target> back = Target.of(serving);
        relayLoop.abort(relay -> {
            final Target target = Target.of(relay.endpoint());
            return relay.listener() == this && gone.contains(target) && !back.contains(target);
        });
    }

    @Override
    public CompletableFuture<Void> close() {
        if (listening.getAndSet(false)) {
            proxy.listening(-1);
        }
        return acceptor.stop();
    }

    /** Logs, at a limited rate, that accepting failed. */
    void cannotAccept(Throwable cause) {
        CANNOT_ACCEPT.warn(address, cause);
    }
}
