package io.pointsman.spi.userspace.tcp;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.channel.unix.Socket;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A listening socket of this process's epoll, whose options the accepted ones have from the start. */
final class EpollAcceptor implements Acceptor, EpollIoHandle {
    /** Of one readiness event, so that a flood of new connections leaves time for those at work. */
    private static final int MOST_AT_ONCE = 32;

    private static final int ADDRESS_BYTES = 1 + 16 + 4 + 4; // length, address, scope, port

    private final ProxyContext proxy;
    private final TcpListener listener;
    private final RelayLoop relayLoop;
    private final Socket socket;
    private final byte[] clientAddress = new byte[ADDRESS_BYTES];
    private @Nullable IoRegistration registration; // on its loop only, as the next
    private int burst = 1;
    private volatile boolean open;

    EpollAcceptor(ProxyContext proxy, TcpListener listener, RelayLoop relayLoop, Socket socket) {
        this.proxy = proxy;
        this.listener = listener;
        this.relayLoop = relayLoop;
        this.socket = socket;
    }

    @Override
    public CompletableFuture<Void> open() {
        final CompletableFuture<Void> opened = new CompletableFuture<>();
        try {
            socket.setReuseAddress(true);
            proxy.configure(socket);
            socket.bind(listener.address());
            socket.listen(TcpListener.BACKLOG);
        } catch (IOException e) {
            Sockets.close(socket);
            opened.completeExceptionally(e);
            return opened;
        }
        final var _ = relayLoop.ioLoop().register(this).addListener(registered -> {
            if (registered.isSuccess()) {
                registration = (IoRegistration) registered.getNow();
                registration.submit(EpollIoOps.EPOLLIN);
                open = true;
                opened.complete(null);
            } else {
                Sockets.close(socket);
                opened.completeExceptionally(registered.cause());
            }
        });
        return opened;
    }

    @Override
    public void handle(IoRegistration from, IoEvent event) {
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
        final int descriptor;
        try {
            descriptor = socket.accept(clientAddress);
        } catch (IOException e) {
            if (refuseOne()) {
                listener.cannotAccept(e);
                return true;
            }
            pause(e);
            return false;
        }
        if (descriptor < 0) {
            return false;
        }
        final Socket client = new Socket(descriptor);
        final InetSocketAddress from;
        try {
            from = NativeInetAddress.address(clientAddress, 1, clientAddress[0]);
            if (!proxy.admitRelay(from)) {
                refuse(client);
                return true;
            }
        } catch (Throwable e) {
            refuse(client);
            throw e;
        }
        try {
            TcpRelay.start(proxy, listener, client, from);
        } catch (Throwable e) { // it did not come so far as to look after itself
            refuse(client);
            proxy.releaseRelay(from);
            throw e;
        }
        return true;
    }

    private static void refuse(Socket client) {
        Sockets.resetOnClose(client);
        Sockets.close(client);
    }

    /** Where there are no descriptors left: tells the client who has waited longest. False when there is none to tell. */
    private boolean refuseOne() {
        final SpareDescriptor spare = relayLoop.spare();
        if (!spare.lend()) {
            spare.fill();
            return false;
        }
        try {
            final int descriptor = socket.accept(clientAddress);
            if (descriptor >= 0) {
                refuse(new Socket(descriptor));
            }
            return descriptor >= 0;
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
            own.submit(EpollIoOps.EPOLLERR); // as good as nothing; none at all would be the end of it
            final var _ = relayLoop
                    .loop()
                    .schedule(
                            () -> open ? own.submit(EpollIoOps.EPOLLIN) : 0,
                            TcpListener.ACCEPT_PAUSE_MILLIS,
                            TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    /** On its own event loop, so that no connection is accepted after. */
    @Override
    public CompletableFuture<Void> stop() {
        open = false;
        return relayLoop.run(this::free);
    }

    private void free() {
        open = false;
        Sockets.close(socket);
        if (registration != null) {
            registration.cancel();
        }
    }

    /** The event loop ends. */
    @Override
    public void close() {
        free();
    }

    @Override
    public void registered() {}

    @Override
    public void unregistered() {}
}
