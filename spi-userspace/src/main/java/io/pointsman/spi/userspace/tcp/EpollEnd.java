package io.pointsman.spi.userspace.tcp;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.pointsman.spi.userspace.loop.ProxyContext;
import io.pointsman.spi.userspace.loop.RareWarning;
import io.pointsman.spi.userspace.loop.RelayLoop;
import io.pointsman.spi.userspace.loop.Sockets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A side that is a socket of this process's epoll, with as few system calls as it can have: it is registered once, for
 * changes of everything (EPOLLET).
 *
 * <p>A read that leaves room in the buffer has emptied the socket, unless its end is in the kernel already: what comes
 * later is reported again.
 */
public final class EpollEnd extends RelayEnd implements EpollIoHandle {
    private static final EpollIoOps EVERYTHING = EpollIoOps.EPOLLIN
            .with(EpollIoOps.EPOLLOUT)
            .with(EpollIoOps.EPOLLRDHUP)
            .with(EpollIoOps.EPOLLET);
    private static final int ERROR = EpollIoOps.EPOLLERR.value();
    private static final int HANG_UP = 0x10; // EPOLLHUP, which Netty has no constant for
    private static final int ENDING = EpollIoOps.EPOLLRDHUP.value() | HANG_UP | ERROR;
    private static final int INPUT = EpollIoOps.EPOLLIN.value() | ENDING;
    private static final int CONNECTED = EpollIoOps.EPOLLOUT.value();
    private static final int OUTPUT = CONNECTED | HANG_UP | ERROR;

    private static final int TCP_CORK = 3; // Linux include/uapi/linux/tcp.h
    private static final RareWarning CANNOT_WATCH = new RareWarning(
            LoggerFactory.getLogger(EpollEnd.class), "epoll takes no more: {} is closed ({} times before)");

    private final Socket socket;
    private @Nullable IoRegistration registration;
    private boolean connecting;
    private boolean corked;

    public EpollEnd(TcpRelay relay, ProxyContext proxy, RelayLoop relayLoop, Socket socket) {
        super(relay, proxy, relayLoop);
        this.socket = socket;
    }

    @Override
    boolean register() {
        final var registering = relayLoop().ioLoop().register(this);
        if (registering.isSuccess()) {
            final IoRegistration own = registering.getNow();
            registration = own;
            try {
                own.submit(EVERYTHING);
                return true;
            } catch (UncheckedIOException e) {
                CANNOT_WATCH.warn(socket, e);
            }
        }
        close();
        return false;
    }

    @Override
    public void connect(InetSocketAddress to, @Nullable InetSocketAddress source) {
        if (source != null && !Sockets.borrow(socket.intValue(), source)) {
            failed();
            return;
        }
        try {
            if (source != null) {
                socket.bind(source);
            }
            connecting = true;
            socket.connect(to); // when it is done, or has failed, epoll says so
        } catch (IOException _) {
            connecting = false;
            relay().dialed(this, false);
            return;
        }
        if (!register()) {
            relay().dialed(this, false);
        }
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    @Override
    public void handle(IoRegistration from, IoEvent event) {
        if (isOpen()) {
            try {
                handle(((EpollIoEvent) event).ops().value());
            } catch (Throwable e) { // whatever it is, it is to cost this connection and not the event loop
                relay().broken(e);
            }
        }
    }

    /**
     * Takes what epoll reports.
     *
     * @param ops the events, as epoll's bits
     */
    public void handle(int ops) {
        if ((ops & INPUT) != 0) {
            inputReady((ops & ENDING) != 0);
        }
        if (connecting) {
            if ((ops & OUTPUT) != 0) {
                concludeDial(ops);
            }
            return;
        }
        if ((ops & OUTPUT) != 0) {
            flush();
        }
        readOn();
        if ((ops & ERROR) != 0 && isOpen()) {
            failed(); // a RST behind a FIN, say, which no read would meet
        }
    }

    /**
     * Tells the relay what became of the dial. An endpoint that answered and ended at once has connected, too. An error
     * without anything else may not be the socket's yet (Linux puts an ICMP error into the socket's error queue first):
     * then another event follows.
     */
    private void concludeDial(int ops) {
        boolean success = true;
        if ((ops & ENDING) != 0) {
            try {
                success = socket.finishConnect();
                if (success && (ops & CONNECTED) == 0) {
                    return;
                }
            } catch (IOException _) {
                success = false;
            }
        }
        connecting = false;
        relay().dialed(this, success);
    }

    @Override
    int receive(ByteBuffer buffer, int bytes) throws IOException {
        return socket.recv(buffer, 0, bytes);
    }

    @Override
    int transmit(ByteBuffer bytes, int from, int to) throws IOException {
        return socket.send(bytes, from, to);
    }

    @Override
    void cork() {
        if (!corked) {
            corked = true;
            try {
                socket.setIntOpt(ProxyContext.IPPROTO_TCP, TCP_CORK, 1);
            } catch (IOException _) {
                // It is broken; sending says so.
            }
        }
    }

    @Override
    void shutdownOutput() {
        try {
            socket.shutdown(false, true);
        } catch (IOException | NotYetConnectedException _) {
            // A RST was first; the next read tells.
        }
    }

    @Override
    void resetOnClose() {
        Sockets.resetOnClose(socket);
    }

    /** It was told everything from the start. */
    @Override
    void await(boolean input, boolean output) {}

    /** Frees the descriptor. Not while events are handed out: the next socket would get its number, and its events. */
    @Override
    public void free() {
        Sockets.close(socket);
        if (registration != null) {
            registration.cancel(); // closed before, so that epoll needn't be told
        }
    }
}
