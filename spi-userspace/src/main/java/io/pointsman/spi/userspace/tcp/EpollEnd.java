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
 * Relay end with an epoll socket. To save system calls it is registered once, edge-triggered (EPOLLET), for all events.
 *
 * <p>A read that leaves room in the buffer has emptied the socket, unless the kernel has already reported the end of the
 * input, or urgent data. Later input raises a new event.
 */
public final class EpollEnd extends RelayEnd implements EpollIoHandle {
    private static final int URGENT = 2; // EPOLLPRI, which Netty has no constant for
    private static final EpollIoOps EVERYTHING = EpollIoOps.EPOLLIN
            .with(EpollIoOps.EPOLLOUT)
            .with(EpollIoOps.EPOLLRDHUP)
            .with(EpollIoOps.valueOf(URGENT))
            .with(EpollIoOps.EPOLLET);
    private static final int ERROR = EpollIoOps.EPOLLERR.value();
    private static final int HANG_UP = 0x10; // EPOLLHUP, likewise
    private static final int ENDING = EpollIoOps.EPOLLRDHUP.value() | HANG_UP | ERROR;
    private static final int INPUT = EpollIoOps.EPOLLIN.value() | ENDING;
    private static final int CONNECTED = EpollIoOps.EPOLLOUT.value();
    private static final int OUTPUT = CONNECTED | HANG_UP | ERROR;

    private static final int TCP_CORK = 3; // Linux include/uapi/linux/tcp.h
    private static final RareWarning CANNOT_WATCH = new RareWarning(
            LoggerFactory.getLogger(EpollEnd.class),
            "epoll can't watch another socket: {} is closed ({} times before)");

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
            socket.connect(to); // epoll reports the outcome
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
            } catch (Throwable e) { // an error must cost this connection only, not the event loop
                relay().broken(e);
            }
        }
    }

    /**
     * Handles the events that epoll reports.
     *
     * @param ops the events, as epoll's bits
     */
    public void handle(int ops) {
        if ((ops & INPUT) != 0) {
            inputReady((ops & ENDING) != 0);
        }
        if ((ops & URGENT) != 0) {
            urgentReady();
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
            failed(); // a RST after a FIN, for example, which no read would notice
        }
    }

    /**
     * Reports the outcome of the dial to the relay. An endpoint that accepted and closed at once counts as connected.
     * EPOLLERR alone may come before the socket has its error (Linux first puts an ICMP error into the error queue): another
     * event follows.
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
                // The connection is broken; the next send fails.
            }
        }
    }

    @Override
    void shutdownOutput() {
        try {
            socket.shutdown(false, true);
        } catch (IOException | NotYetConnectedException _) {
            // The peer's RST came first; the next read fails.
        }
    }

    @Override
    void resetOnClose() {
        Sockets.resetOnClose(socket);
    }

    /** Does nothing: the socket is registered for all events. */
    @Override
    void await(boolean input, boolean output) {}

    /** Frees the descriptor. Not while events are dispatched: the next socket would get the same number, and its events. */
    @Override
    public void free() {
        Sockets.close(socket);
        if (registration != null) {
            registration.cancel(); // closed first, which removes it from epoll without a system call
        }
    }
}
