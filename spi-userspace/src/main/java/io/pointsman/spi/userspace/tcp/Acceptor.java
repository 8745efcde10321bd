package io.pointsman.spi.userspace.tcp;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RelayLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Listening TCP socket on an event loop. Any thread, except for methods that the loop calls.
 *
 * @param <S> type of the accepted sockets
 */
abstract sealed class Acceptor<S> implements IoHandle permits EpollAcceptor, NioAcceptor {
    /**
     * Maximum number of accepts for one readiness event, so that a flood of new connections leaves time for established
     * ones.
     */
    private static final int MOST_AT_ONCE = 32;

    private final ProxyContext proxy;
    private final TcpListener listener;
    private final RelayLoop relayLoop;
    private final IoOps input;
    private final IoOps nothing;
    private @Nullable IoRegistration registration; // on its loop only, like burst
    private int burst = 1;
    private volatile boolean open;

    /**
     * Creates the socket; it listens once opened.
     *
     * @param input readiness events to wait for
     * @param nothing events to wait for while there are no descriptors
     */
    Acceptor(ProxyContext proxy, TcpListener listener, IoOps input, IoOps nothing) {
        this.proxy = proxy;
        this.listener = listener;
        this.relayLoop = proxy.nextLane();
        this.input = input;
        this.nothing = nothing;
    }

    /** Binds the socket and listens. */
    abstract void listen(InetSocketAddress address) throws IOException;

    /** Returns the next connection, null if there is none; fails if there are no descriptors left. */
    abstract @Nullable S next() throws IOException;

    /** Returns the client of a connection; null if it is gone already. */
    abstract @Nullable InetSocketAddress clientOf(S socket) throws IOException;

    /** Returns a relay's end for this socket, not registered yet. */
    abstract RelayEnd endOf(S socket, TcpRelay relay, RelayLoop on);

    /** Closes a connection with a RST. */
    abstract void refuse(S socket);

    abstract void closeSocket();

    final ProxyContext proxy() {
        return proxy;
    }

    /** Binds the socket; fails with the host's error. To be called once. */
    final CompletableFuture<Void> open() {
        final CompletableFuture<Void> opened = new CompletableFuture<>();
        try {
            listen(listener.address());
        } catch (IOException e) {
            closeSocket();
            opened.completeExceptionally(e);
            return opened;
        }
        final var _ = relayLoop.ioLoop().register(this).addListener(registered -> {
            if (registered.isSuccess()) {
                registration = (IoRegistration) registered.getNow();
                registration.submit(input);
                open = true;
                opened.complete(null);
            } else {
                closeSocket();
                opened.completeExceptionally(registered.cause());
            }
        });
        return opened;
    }

    @Override
    public final void handle(IoRegistration from, IoEvent event) {
        // An empty accept costs more than an event, so another is tried only if the last event had several.
        int accepted = 0;
        try {
            while (accepted < burst && open && accept()) {
                accepted++;
            }
        } catch (Throwable e) { // an error must not end the event loop
            listener.cannotAccept(e);
        }
        burst = accepted < burst ? 1 : Math.min(burst * 2, MOST_AT_ONCE);
    }

    private boolean accept() {
        final S socket;
        try {
            socket = next();
        } catch (IOException e) {
            if (refuseOne()) {
                listener.cannotAccept(e);
                return true;
            }
            pause(e);
            return false;
        }
        if (socket == null) {
            return false;
        }
        final InetSocketAddress from = admitted(socket);
        if (from != null) {
            try {
                TcpRelay.start(proxy, listener, from, (relay, on) -> endOf(socket, relay, on));
            } catch (Throwable e) { // the relay does not own the socket yet
                refuse(socket);
                proxy.releaseRelay(from);
                throw e;
            }
        }
        return true;
    }

    /** Returns the client of a connection that is within the limits; null if the connection was refused. */
    private @Nullable InetSocketAddress admitted(S socket) {
        InetSocketAddress from = null;
        try {
            final InetSocketAddress client = clientOf(socket);
            from = client != null && proxy.admitRelay(client) ? client : null;
        } catch (IOException e) {
            listener.cannotAccept(e);
        } finally {
            if (from == null) {
                refuse(socket);
            }
        }
        return from;
    }

    /** Resets the client that has waited longest, if there are no descriptors left. False if there is no such client. */
    private boolean refuseOne() {
        final SpareDescriptor spare = relayLoop.spare();
        if (!spare.lend()) {
            spare.fill();
            return false;
        }
        try {
            final S socket = next();
            if (socket != null) {
                refuse(socket);
            }
            return socket != null;
        } catch (IOException _) {
            return false; // another thread accepted it
        } finally {
            spare.fill();
        }
    }

    /**
     * Pauses accepting, which failed for want of descriptors. Until some are freed, retrying at once would only burn CPU
     * time.
     */
    private void pause(IOException cause) {
        final IoRegistration own = registration;
        if (own != null && own.isValid()) {
            listener.cannotAccept(cause);
            own.submit(nothing);
            final var _ = relayLoop
                    .loop()
                    .schedule(
                            () -> open ? own.submit(input) : 0, TcpListener.ACCEPT_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    final boolean isOpen() {
        return open;
    }

    /** Stops listening, on the event loop, so that no connection is accepted afterwards. Completes when the port is free. */
    final CompletableFuture<Void> stop() {
        open = false;
        return relayLoop.run(this::close);
    }

    /** Closes the socket; called when the event loop ends, too. */
    @Override
    public final void close() {
        open = false;
        closeSocket();
        if (registration != null) {
            registration.cancel();
        }
    }
}
