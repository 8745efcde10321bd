package io.pointsman.linux.ownership;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Abstract names of sockets (unix(7)): a network namespace's own, in whichever container their owner runs, and gone with the
 * process, however that ends.
 */
final class AbstractName {
    static final short AF_UNIX = 1;
    /** In UTF-8: what a sockaddr_un takes, less the zero in front. */
    static final int MAX_BYTES = 107;

    private AbstractName() {}

    /** A datagram socket of this name, which nobody else has. */
    static int bindDatagram(String name) throws KernelException {
        final int fd = SocketCalls.socket(AF_UNIX, SocketCalls.SOCK_DGRAM, 0);
        try (Arena arena = Arena.ofConfined()) {
            SocketCalls.bind(fd, address(name, arena));
            return fd;
        } catch (KernelException | RuntimeException e) {
            FileCalls.close(fd);
            throw e;
        }
    }

    /** A native sockaddr_un. */
    static MemorySegment address(String name, Arena arena) {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        final MemorySegment address = arena.allocate(Short.BYTES + 1L + bytes.length, Short.BYTES);
        address.set(ValueLayout.JAVA_SHORT, 0, AF_UNIX);
        MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES + 1L, bytes.length);
        return address;
    }
}
