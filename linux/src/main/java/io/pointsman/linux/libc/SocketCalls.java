package io.pointsman.linux.libc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.pointsman.linux.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** System calls on sockets. Any thread; a socket belongs to the network namespace of the thread that created it. */
public final class SocketCalls {
    private static final int AF_NETLINK = 16;

    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_NONBLOCK = 0x800;
    public static final int SOCK_CLOEXEC = 0x80000;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_TRUNC = 0x20;

    private static final MethodHandle SOCKET = Libc.bind("socket", Libc.returningInt(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle BIND = Libc.bind("bind", Libc.returningInt(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle LISTEN = Libc.bind("listen", Libc.returningInt(JAVA_INT, JAVA_INT));
    private static final MethodHandle ACCEPT =
            Libc.bind("accept4", Libc.returningInt(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
    private static final MethodHandle CONNECT = Libc.bind("connect", Libc.returningInt(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SETSOCKOPT =
            Libc.bind("setsockopt", Libc.returningInt(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle GETSOCKOPT =
            Libc.bind("getsockopt", Libc.returningInt(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle SENDTO =
            Libc.bind("sendto", Libc.returningLong(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RECVFROM =
            Libc.bind("recvfrom", Libc.returningLong(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS));

    private SocketCalls() {}

    /** Opens a socket. Returns its descriptor, which is closed when another program is executed. */
    public static int socket(int domain, int type, int protocol) throws KernelException {
        final String needed = domain != AF_NETLINK && type == SOCK_RAW ? "CAP_NET_RAW" : "CAP_NET_ADMIN";
        return (int) Libc.call("opening a socket of family " + domain + ", protocol " + protocol, needed, (_, state) ->
                (int) SOCKET.invokeExact(state, domain, type | SOCK_CLOEXEC, protocol));
    }

    /** Binds a socket to a native sockaddr. */
    public static void bind(int fd, MemorySegment address) throws KernelException {
        Libc.call(
                "binding a socket", (_, state) -> (int) BIND.invokeExact(state, fd, address, (int) address.byteSize()));
    }

    /** Makes a socket accept connections. */
    public static void listen(int fd, int backlog) throws KernelException {
        Libc.call("listening at a socket", (_, state) -> (int) LISTEN.invokeExact(state, fd, backlog));
    }

    /** Accepts the next connection. Returns its descriptor; waits for one, unless the socket is of type SOCK_NONBLOCK. */
    public static int accept(int fd) throws KernelException {
        return (int) Libc.call("accepting a connection", (_, state) ->
                (int) ACCEPT.invokeExact(state, fd, MemorySegment.NULL, MemorySegment.NULL, SOCK_CLOEXEC));
    }

    /** Connects to a native sockaddr. For sockets that do not wait: connectionless ones, or of type SOCK_NONBLOCK. */
    public static void connect(int fd, MemorySegment address, String tried) throws KernelException {
        Libc.call(tried, (_, state) -> (int) CONNECT.invokeExact(state, fd, address, (int) address.byteSize()));
    }

    /** Sets an int option; {@code tried} names it in the message of a failure. */
    public static void setOption(int fd, int level, int option, int value, String tried) throws KernelException {
        Libc.call("setting socket option " + tried, (arena, state) -> {
            final MemorySegment native4 = arena.allocateFrom(JAVA_INT, value);
            return (int) SETSOCKOPT.invokeExact(state, fd, level, option, native4, Integer.BYTES);
        });
    }

    /** Sets an option to a native segment; {@code tried} names it in the message of a failure. */
    public static void setOption(int fd, int level, int option, MemorySegment value, String tried)
            throws KernelException {
        Libc.call("setting socket option " + tried, (_, state) ->
                (int) SETSOCKOPT.invokeExact(state, fd, level, option, value, (int) value.byteSize()));
    }

    /** Reads an int option; {@code tried} names it in the message of a failure. */
    public static int getOption(int fd, int level, int option, String tried) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment value = arena.allocate(JAVA_INT);
            getOption(fd, level, option, value, tried);
            return value.get(JAVA_INT, 0);
        }
    }

    /** Reads an option into a native segment; returns the number of bytes that the kernel wrote. */
    public static int getOption(int fd, int level, int option, MemorySegment value, String tried)
            throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment length = arena.allocateFrom(JAVA_INT, (int) value.byteSize());
            Libc.call("reading socket option " + tried, (_, state) ->
                    (int) GETSOCKOPT.invokeExact(state, fd, level, option, value, length));
            return length.get(JAVA_INT, 0);
        }
    }

    /**
     * Sends one message.
     *
     * @param address receiver, a native sockaddr; {@link MemorySegment#NULL} for a connected socket
     */
    public static void send(int fd, MemorySegment message, int flags, MemorySegment address, String tried)
            throws KernelException {
        final int addressBytes = address.equals(MemorySegment.NULL) ? 0 : (int) address.byteSize();
        Libc.call(tried, (_, state) ->
                (long) SENDTO.invokeExact(state, fd, message, message.byteSize(), flags, address, addressBytes));
    }

    /**
     * Receives one message and returns its length, which with MSG_TRUNC may exceed the buffer's.
     *
     * @param from native sockaddr to fill, large enough for the family
     */
    public static long receive(int fd, MemorySegment buffer, int flags, MemorySegment from, String tried)
            throws KernelException {
        return Libc.call(tried, (arena, state) -> {
            final MemorySegment fromLength = arena.allocateFrom(JAVA_INT, (int) from.byteSize());
            return (long) RECVFROM.invokeExact(state, fd, buffer, buffer.byteSize(), flags, from, fromLength);
        });
    }
}
