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
 * A socket that connections come in by, on an event loop. Any thread, but for what that loop calls.
 *
 * @param <S> the sockets of connections
 */
abstract sealed class Acceptor<S> implements IoHandle permits EpollAcceptor, NioAcceptor {
    /** Of one readiness event, so that a flood of new connections leaves time for those at work. */
    private static final int MOST_AT_ONCE = 32;

    private final ProxyContext proxy;
    private final TcpListener listener;
    private final RelayLoop relayLoop;
    private final IoOps input;
    private final IoOps nothing;
    private @Nullable IoRegistration registration; // on its loop only, as the next
    private int burst = 1;
    private volatile boolean open;

    /**
     * Listens once opened.
     *
     * @param input what its loop is to tell of
     * @param nothing what that is while there are no descriptors
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

    /** The next connection, null when there is none; fails where there are no descriptors left. */
    abstract @Nullable S next() throws IOException;

    /** Whose it is; null for one that is gone already. */
    abstract @Nullable InetSocketAddress clientOf(S socket) throws IOException;

    /** The end of a relay that has this socket, not registered yet. */
    abstract RelayEnd endOf(S socket, TcpRelay relay, RelayLoop on);

    /** Closes it with a RST. */
    abstract void refuse(S socket);

    abstract void closeSocket();

    final ProxyContext proxy() {
        return proxy;
    }

    /** Binds it; fails with what the host said. To be called once. */
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
        // An accept in vain costs more than to be told once more: another is tried where the last event had several.
        int accepted = 0;
        try {
            while (accepted < burst && open && accept()) {
                accepted++;
            }
        } catch (Throwable e) { // an error is not to cost the event loop
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
            } catch (Throwable e) { // it did not come so far as to look after itself
                refuse(socket);
                proxy.releaseRelay(from);
                throw e;
            }
        }
        return true;
    }

    /** Whose connection it is; null for one that was refused. */
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

    /** Where there are no descriptors left: tells the client who has waited longest. False when there is none to tell. */
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
            return false; // another thread took it
        } finally {
            spare.fill();
        }
    }

    /** Accepting failed: out of file descriptors. Until some are freed, trying at once would only burn the loop. */
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

    /** Listens no more; on its own event loop, so that no connection is accepted after. Completes when the port is free. */
    final CompletableFuture<Void> stop() {
        open = false;
        return relayLoop.run(this::close);
    }

    /** Also when the event loop ends. */
    @Override
    public final void close() {
        open = false;
        closeSocket();
        if (registration != null) {
            registration.cancel();
        }
    }
}
