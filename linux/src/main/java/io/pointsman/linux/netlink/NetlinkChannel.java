package io.pointsman.linux.netlink;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.DatagramRing;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Sends and receives the datagrams of a netlink socket; drops datagrams that do not come from the kernel. One thread at a
 * time; {@link #shut} from any other thread ends a wait.
 */
final class NetlinkChannel {
    private static final int AF_NETLINK = 16;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_ADD_MEMBERSHIP = 1;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NETLINK_GET_STRICT_CHK = 12;
    private static final int SOCKADDR_BYTES = 12;
    private static final int RECEIVE_BYTES = 128 << 10; // the kernel builds dumps in pieces of at most 32 KiB
    private static final int OBJECT_BYTES =
            8 << 10; // NLMSG_GOODSIZE (include/linux/netlink.h), of a reply that is one object
    private static final int BACKLOG_LIMIT = 10_000;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment receiveBuffer = arena.allocate(RECEIVE_BYTES, Long.BYTES);
    private final MemorySegment sender = arena.allocate(SOCKADDR_BYTES, Integer.BYTES);
    private final int fd;
    private final int closeSignal;
    private final AtomicBoolean closed = new AtomicBoolean();
    private @Nullable DatagramRing ring;
    private int sendBufferBytes = 64 << 10; // every host's send buffer has room for a datagram of this size

    /** Receives a message; returns whether it has enough. */
    interface Reader {
        boolean read(NetlinkMessage message) throws KernelException;
    }

    private NetlinkChannel(int fd, int closeSignal) {
        this.fd = fd;
        this.closeSignal = closeSignal;
    }

    /** Opens a socket in the calling thread's network namespace. */
    static NetlinkChannel open(NetlinkProtocol protocol) throws KernelException {
        final int closeSignal = FileCalls.eventFd();
        final int fd;
        try {
            fd = SocketCalls.socket(AF_NETLINK, SocketCalls.SOCK_RAW, protocol.number());
        } catch (KernelException e) {
            FileCalls.close(closeSignal);
            throw e;
        }
        final NetlinkChannel channel = new NetlinkChannel(fd, closeSignal);
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment address = temporary.allocate(SOCKADDR_BYTES, Integer.BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
            SocketCalls.bind(fd, address);
            // Older kernels lack some of these; then errors are less precise, and dumps are filtered here instead.
            channel.tryOption(SOL_NETLINK, NETLINK_CAP_ACK, 1, Errno.ENOPROTOOPT, "NETLINK_CAP_ACK");
            channel.tryOption(SOL_NETLINK, NETLINK_EXT_ACK, 1, Errno.ENOPROTOOPT, "NETLINK_EXT_ACK");
            channel.tryOption(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1, Errno.ENOPROTOOPT, "NETLINK_GET_STRICT_CHK");
        } catch (KernelException e) {
            channel.free();
            throw e;
        }
        return channel;
    }

    /** Sets an option. Returns false if the kernel refuses it with the acceptable error. */
    private boolean tryOption(int level, int option, int value, Errno acceptable, String name) throws KernelException {
        try {
            SocketCalls.setOption(fd, level, option, value, name);
            return true;
        } catch (KernelException e) {
            if (!e.is(acceptable)) {
                throw e;
            }
            return false;
        }
    }

    /** Allocates memory that lives as long as this channel. */
    MemorySegment allocate(int bytes) {
        return arena.allocate(bytes, Long.BYTES);
    }

    void send(MemorySegment datagram, String tried) throws KernelException {
        requireOpen();
        SocketCalls.send(fd, datagram, 0, MemorySegment.NULL, tried);
    }

    /** Grows the send buffer for a datagram of this size, up to the host's limit. */
    void growSendBuffer(int bytes) throws KernelException {
        if (bytes > sendBufferBytes) {
            if (!tryOption(SOL_SOCKET, SO_SNDBUFFORCE, bytes, Errno.EPERM, "SO_SNDBUFFORCE")) {
                SocketCalls.setOption(fd, SOL_SOCKET, SO_SNDBUF, bytes, "SO_SNDBUF"); // as far as net.core.wmem_max
            }
            sendBufferBytes = bytes;
        }
    }

    /** Joins a group of events, of which the kernel may queue this many bytes; without CAP_NET_ADMIN, the host's default. */
    void join(int group, int bufferBytes, String tried) throws KernelException {
        requireOpen();
        final boolean _ = tryOption(SOL_SOCKET, SO_RCVBUFFORCE, bufferBytes, Errno.EPERM, "SO_RCVBUFFORCE");
        SocketCalls.setOption(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group, "NETLINK_ADD_MEMBERSHIP, " + tried);
    }

    /** Waits at most this long for a datagram, or until {@link #shut}; returns whether there is one. */
    boolean await(int timeoutMillis) throws KernelException {
        return FileCalls.poll(timeoutMillis, closeSignal, fd) > 0;
    }

    /**
     * Returns the next datagram from the kernel, valid until the next call; empty if there is none, or it comes from
     * elsewhere.
     */
    MemorySegment receive(String tried) throws KernelException {
        final long length;
        try {
            length = SocketCalls.receive(
                    fd, receiveBuffer, SocketCalls.MSG_TRUNC | SocketCalls.MSG_DONTWAIT, sender, tried);
        } catch (KernelException e) {
            if (e.is(Errno.EAGAIN)) {
                return MemorySegment.NULL;
            }
            throw e;
        }
        if (length > RECEIVE_BYTES) {
            throw new KernelException(tried, Errno.EMSGSIZE, "an answer of " + length + " bytes");
        }
        return isFromKernel(sender) ? receiveBuffer.asSlice(0, length) : MemorySegment.NULL;
    }

    /** Whether the netlink port in the address is the kernel's. */
    private static boolean isFromKernel(MemorySegment address) {
        return address.get(ValueLayout.JAVA_INT, 4) == 0;
    }

    /** Result of reading several datagrams. */
    enum Look {
        NOTHING,
        SOME,
        ENOUGH
    }

    /** Reads the datagrams that are available, each of at most 8 KiB. */
    Look readMany(String tried, Reader reader) throws KernelException {
        final DatagramRing datagrams = ring();
        final int received = datagrams.receive(fd, tried);
        for (int i = 0; i < received; i++) {
            if (isFromKernel(datagrams.sender(i)) && readAll(datagrams.datagram(i), tried, reader)) {
                return Look.ENOUGH;
            }
        }
        return received == 0 ? Look.NOTHING : Look.SOME;
    }

    private DatagramRing ring() {
        DatagramRing made = ring;
        if (made == null) {
            made = new DatagramRing(arena, OBJECT_BYTES);
            ring = made;
        }
        return made;
    }

    /** Reads the messages of a datagram; returns whether the reader has enough. */
    static boolean readAll(MemorySegment datagram, String tried, Reader reader) throws KernelException {
        for (long at = 0; at + MessageWriter.HEADER_BYTES <= datagram.byteSize(); ) {
            final long messageBytes = messageLength(datagram, at, tried);
            if (reader.read(new NetlinkMessage(datagram.asSlice(at, messageBytes)))) {
                return true;
            }
            at += (messageBytes + 3) & ~3;
        }
        return false;
    }

    private static long messageLength(MemorySegment datagram, long at, String tried) throws KernelException {
        final long messageBytes = Integer.toUnsignedLong(datagram.get(ValueLayout.JAVA_INT_UNALIGNED, at));
        if (messageBytes < MessageWriter.HEADER_BYTES || at + messageBytes > datagram.byteSize()) {
            throw new KernelException(
                    tried,
                    Errno.EPROTO,
                    "a message of " + messageBytes + " bytes at " + at + " of " + datagram.byteSize());
        }
        return messageBytes;
    }

    /** Discards all queued datagrams. */
    void drain() throws KernelException {
        for (int i = 0; i < BACKLOG_LIMIT && FileCalls.poll(0, fd) == 0; i++) {
            try {
                receive("draining");
            } catch (KernelException e) {
                if (!e.is(Errno.ENOBUFS)) {
                    throw e;
                }
            }
        }
    }

    boolean isClosed() {
        return closed.get();
    }

    void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the netlink socket is closed");
        }
    }

    /** Wakes a reader. Returns false if the channel was shut before. */
    boolean shut() {
        if (!closed.compareAndSet(false, true)) {
            return false;
        }
        try {
            FileCalls.signal(closeSignal);
        } catch (KernelException e) {
            throw new IllegalStateException("can't wake the reader of a netlink socket", e);
        }
        return true;
    }

    /** Frees the channel; call once, when no thread uses it any more. */
    void free() {
        FileCalls.close(fd);
        FileCalls.close(closeSignal);
        arena.close();
    }
}
