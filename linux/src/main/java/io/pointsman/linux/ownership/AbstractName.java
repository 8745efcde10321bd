package io.pointsman.linux.ownership;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.FileCalls;
import io.pointsman.linux.libc.SocketCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Abstract socket names (unix(7)). They belong to a network namespace, whatever container their owner runs in, and are freed
 * when the process ends, however it ends.
 */
final class AbstractName {
    static final short AF_UNIX = 1;
    /** Maximum length in UTF-8: what a sockaddr_un takes, less the zero byte in front. */
    static final int MAX_BYTES = 107;

    private AbstractName() {}

    /** Opens a datagram socket bound to this name, which no other socket may have. */
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

    /** Creates a native sockaddr_un. */
    static MemorySegment address(String name, Arena arena) {
        final byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        final MemorySegment address = arena.allocate(Short.BYTES + 1L + bytes.length, Short.BYTES);
        address.set(ValueLayout.JAVA_SHORT, 0, AF_UNIX);
        MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES + 1L, bytes.length);
        return address;
    }
}
