package io.pointsman.spi.userspace.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
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
 * changes of everything (EPOLLET), and what epoll said last is remembered until the kernel says "not now". Bytes go from
 * one socket to the other through the one buffer of its loop, and are copied only when the other does not take them at once.
 *
 * <p>A read that leaves room in the buffer has emptied the socket, unless its end is in the kernel already: what comes
 * later is reported again.
 */
public final class EpollEnd extends RelayEnd implements EpollIoHandle, RelayLoop.Closing {
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
    private static final int READS_AT_ONCE = 4;
    private static final RareWarning CANNOT_WATCH = new RareWarning(
            LoggerFactory.getLogger(EpollEnd.class), "epoll takes no more: {} is closed ({} times before)");

    private final ProxyContext proxy;
    private final RelayLoop relayLoop;
    private final Socket socket;
    private @Nullable IoRegistration registration;
    private @Nullable ByteBuf unsent; // what the kernel did not take; none most of the time
    private boolean open = true;
    private boolean connecting;
    private boolean readable;
    private boolean ending; // the kernel holds the end of the input
    private boolean full; // too much is unsent
    private boolean corked;
    private boolean reading;

    public EpollEnd(TcpRelay relay, ProxyContext proxy, RelayLoop relayLoop, Socket socket) {
        super(relay);
        this.proxy = proxy;
        this.relayLoop = relayLoop;
        this.socket = socket;
    }

    /** Has epoll report to this end; false when it refuses, the socket then closed and the relay told. */
    boolean register() {
        final var registering = relayLoop.ioLoop().register(this);
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
    void announce(ByteBuf header) {
        final ByteBuffer bytes = header.internalNioBuffer(header.readerIndex(), header.readableBytes());
        send(bytes, bytes.position(), bytes.limit());
        header.release();
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    @Override
    public void handle(IoRegistration from, IoEvent event) {
        if (open) {
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
        readable |= (ops & INPUT) != 0;
        ending |= (ops & ENDING) != 0;
        if (connecting) {
            if ((ops & OUTPUT) != 0) {
                concludeDial(ops);
            }
            return;
        }
        if ((ops & OUTPUT) != 0 && unsent != null) {
            flush();
        }
        readOn();
        if ((ops & ERROR) != 0 && open) {
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
    void readOn() {
        if (reading) {
            return; // the loop below goes on by itself
        }
        reading = true;
        try {
            final ByteBuffer buffer = relayLoop.buffer();
            for (int left = READS_AT_ONCE; readable && mayRead(); left--) {
                if (left == 0) {
                    relay().later(this::readOn); // others first
                    break;
                }
                read(buffer);
            }
        } finally {
            reading = false;
        }
    }

    private void read(ByteBuffer buffer) {
        final int room = relayLoop.backlogs().limit().within(buffer.capacity());
        final int read;
        try {
            read = socket.recv(buffer, 0, room);
        } catch (IOException | NotYetConnectedException _) {
            readable = false;
            failed();
            return;
        }
        if (read < 0) {
            readable = false;
            inputEnded();
            return;
        }
        readable = read == room || (ending && read > 0);
        if (read > 0 && peer() instanceof EpollEnd to && !to.isOutputEnding()) {
            relay().transferred(this, read);
            if (ending) {
                to.cork();
            }
            to.send(buffer, 0, read);
        }
    }

    /** The FIN is to travel with the last bytes, in one segment: the end of what is sent next is known already. */
    private void cork() {
        if (!corked) {
            corked = true;
            try {
                socket.setIntOpt(ProxyContext.IPPROTO_TCP, TCP_CORK, 1);
            } catch (IOException _) {
                // It is broken; sending says so.
            }
        }
    }

    private void send(ByteBuffer bytes, int from, int to) {
        int sent = from;
        if (unsent == null) {
            try {
                sent += socket.send(bytes, from, to);
            } catch (IOException | NotYetConnectedException _) {
                outputFailed();
                return;
            }
            if (sent == to) {
                return;
            }
            unsent = PooledByteBufAllocator.DEFAULT.directBuffer(to - sent);
        }
        final ByteBuf left = unsent;
        left.discardReadBytes(); // else it would grow as long as the other side lags behind
        left.writeBytes(bytes.duplicate().limit(to).position(sent));
        full = full
                || left.readableBytes()
                        > relayLoop.backlogs().limit().within(proxy.settings().writeBufferHigh());
        holds(relayLoop.backlogs(), left.capacity(), sent - from);
    }

    private void flush() {
        final ByteBuf left = unsent;
        if (left == null) {
            return;
        }
        try {
            final ByteBuffer bytes = left.internalNioBuffer(left.readerIndex(), left.readableBytes());
            final int sent = socket.send(bytes, bytes.position(), bytes.limit());
            left.skipBytes(sent);
            holds(relayLoop.backlogs(), left.capacity(), sent);
        } catch (IOException | NotYetConnectedException _) {
            forgetUnsent();
            outputFailed();
            return;
        }
        final int bytes = left.readableBytes();
        if (bytes == 0) {
            forgetUnsent();
            if (isOutputEnding()) {
                outputWritten();
                return;
            }
        }
        if (full && bytes < relayLoop.backlogs().limit().within(proxy.settings().writeBufferLow())) {
            full = false;
        }
        final RelayEnd from = peer();
        if (from != null && !full) {
            from.readOn();
        }
    }

    private void forgetUnsent() {
        if (unsent != null) {
            unsent.release();
            unsent = null;
            holds(relayLoop.backlogs(), 0, 0);
        }
        full = false;
    }

    @Override
    boolean isWritable() {
        return !full;
    }

    @Override
    void finishOutput() {
        if (unsent == null) {
            outputWritten();
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
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            forgetUnsent();
            relayLoop.closeSoon(this);
            gone();
        }
    }

    @Override
    void reset() {
        if (open) {
            Sockets.resetOnClose(socket);
            close();
        }
    }

    /** Frees the descriptor. Not while events are handed out: the next socket would get its number, and its events. */
    @Override
    public void free() {
        Sockets.close(socket);
        if (registration != null) {
            registration.cancel(); // closed before, so that epoll needn't be told
        }
    }

    @Override
    public void registered() {}

    @Override
    public void unregistered() {}
}
