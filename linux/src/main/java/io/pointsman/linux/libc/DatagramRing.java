package io.pointsman.linux.libc;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Buffers for many small datagrams that one system call receives (recvmmsg). Not thread-safe.
 *
 * <p>Per datagram a struct mmsghdr of 64 bytes: name:ptr, namelen:u32, iov:ptr, iovlen:u64, control:ptr, controllen:u64,
 * flags:u32, then len:u32; a struct iovec: base:ptr, len:u64; and the sender's address (include/linux/socket.h, uio.h).
 */
public final class DatagramRing {
    /** Most datagrams that one call receives. */
    private static final int COUNT = 64;

    private static final int HEADER_BYTES = 64;
    private static final int NAME_LENGTH_AT = 8;
    private static final int IOV_AT = 16;
    private static final int IOV_COUNT_AT = 24;
    private static final int FLAGS_AT = 48;
    private static final int LENGTH_AT = 56;
    private static final int IOVEC_BYTES = 16;
    private static final int NAME_BYTES = 16;
    private static final MethodHandle RECVMMSG =
            Libc.bind("recvmmsg", Libc.returningInt(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));

    private final int datagramBytes;
    private final MemorySegment headers;
    private final MemorySegment names;
    private final MemorySegment buffers;

    /**
     * Allocates the buffers, which live as long as the arena.
     *
     * @param datagramBytes size in bytes of the largest datagram
     */
    public DatagramRing(Arena arena, int datagramBytes) {
        this.datagramBytes = datagramBytes;
        headers = arena.allocate((long) COUNT * HEADER_BYTES, Long.BYTES);
        names = arena.allocate((long) COUNT * NAME_BYTES, Long.BYTES);
        buffers = arena.allocate((long) COUNT * datagramBytes, Long.BYTES);
        final MemorySegment vectors = arena.allocate((long) COUNT * IOVEC_BYTES, Long.BYTES);
        for (long i = 0; i < COUNT; i++) {
            vectors.set(ADDRESS, i * IOVEC_BYTES, buffers.asSlice(i * datagramBytes));
            vectors.set(JAVA_LONG, i * IOVEC_BYTES + 8, datagramBytes);
            headers.set(ADDRESS, i * HEADER_BYTES, names.asSlice(i * NAME_BYTES));
            headers.set(ADDRESS, i * HEADER_BYTES + IOV_AT, vectors.asSlice(i * IOVEC_BYTES));
            headers.set(JAVA_LONG, i * HEADER_BYTES + IOV_COUNT_AT, 1);
        }
    }

    /**
     * Receives the datagrams that are available, without waiting; overwrites earlier ones.
     *
     * @return number of datagrams; 0 if there are none
     * @throws KernelException {@code EMSGSIZE} for one that is larger than the buffers
     */
    public int receive(int fd, String tried) throws KernelException {
        for (long i = 0; i < COUNT; i++) {
            headers.set(JAVA_INT, i * HEADER_BYTES + NAME_LENGTH_AT, NAME_BYTES);
        }
        final int received;
        try {
            received = (int) Libc.call(tried, (_, state) -> (int)
                    RECVMMSG.invokeExact(state, fd, headers, COUNT, SocketCalls.MSG_DONTWAIT, MemorySegment.NULL));
        } catch (KernelException e) {
            if (e.is(Errno.EAGAIN)) {
                return 0;
            }
            throw e;
        }
        for (long i = 0; i < received; i++) {
            if ((headers.get(JAVA_INT, i * HEADER_BYTES + FLAGS_AT) & SocketCalls.MSG_TRUNC) != 0) {
                throw new KernelException(tried, Errno.EMSGSIZE, "an answer of more than " + datagramBytes + " bytes");
            }
        }
        return received;
    }

    /** Returns a datagram of the last receive. */
    public MemorySegment datagram(int index) {
        return buffers.asSlice(
                (long) index * datagramBytes, headers.get(JAVA_INT, (long) index * HEADER_BYTES + LENGTH_AT));
    }

    /** Returns the sender of a datagram: a native sockaddr. */
    public MemorySegment sender(int index) {
        return names.asSlice((long) index * NAME_BYTES, NAME_BYTES);
    }
}
