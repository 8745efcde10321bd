package io.pointsman.linux.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.pointsman.linux.Errno;
import io.pointsman.linux.KernelException;
import io.pointsman.linux.libc.BpfCalls;
import io.pointsman.linux.libc.CallState;
import io.pointsman.linux.libc.FileCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A map that programs in the kernel read. It lives until it is closed here and no program uses it any more; it has no entry
 * in the file system, so it ends with the process. Any thread; calls wait for each other and allocate nothing but their
 * results.
 */
public final class BpfMap implements AutoCloseable {
    private final String name;
    private final int fd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment attributes = Attributes.allocate(arena);
    private final MemorySegment key;
    private final MemorySegment value;
    private final CallState state = new CallState(arena);
    private boolean closed;

    private BpfMap(String name, int fd, int keyBytes, int valueBytes) {
        this.name = name;
        this.fd = fd;
        key = arena.allocate(keyBytes, Long.BYTES);
        value = arena.allocate(valueBytes, Long.BYTES);
        attributes.set(JAVA_INT, 0, fd);
        attributes.set(JAVA_LONG, 8, key.address());
    }

    /**
     * Creates an empty map.
     *
     * @param name shown in lists of maps: 1 to 15 letters, digits, '_' and '.'
     */
    public static BpfMap create(MapType type, String name, int keyBytes, int valueBytes, int maxEntries)
            throws KernelException {
        try (Arena temporary = Arena.ofConfined()) {
            final MemorySegment attributes = Attributes.allocate(temporary);
            attributes.set(JAVA_INT, 0, type.number());
            attributes.set(JAVA_INT, 4, keyBytes);
            attributes.set(JAVA_INT, 8, valueBytes);
            attributes.set(JAVA_INT, 12, maxEntries);
            Attributes.name(attributes, 28, name);
            final int fd = BpfCalls.call(Attributes.MAP_CREATE, attributes, "making BPF map " + name);
            return new BpfMap(name, fd, keyBytes, valueBytes);
        }
    }

    int fd() {
        return fd;
    }

    /**
     * Sets the value of a key, four bytes.
     *
     * @throws KernelException {@code E2BIG} when the map is full
     */
    public synchronized void put(byte[] keyBytes, int valueWord) throws KernelException {
        value.set(JAVA_INT, 0, valueWord);
        require(call(Attributes.MAP_UPDATE, keyBytes, value.address()), "adding to");
    }

    /** Removes a key. Returns false if it was absent. */
    public synchronized boolean remove(byte[] keyBytes) throws KernelException {
        final int result = call(Attributes.MAP_DELETE, keyBytes, 0);
        if (result == -Errno.ENOENT.number()) {
            return false;
        }
        require(result, "removing from");
        return true;
    }

    /** Returns the value of a key. */
    public synchronized Optional<byte[]> get(byte[] keyBytes) throws KernelException {
        final int result = call(Attributes.MAP_LOOKUP, keyBytes, value.address());
        if (result == -Errno.ENOENT.number()) {
            return Optional.empty();
        }
        require(result, "looking into");
        return Optional.of(value.toArray(JAVA_BYTE));
    }

    private int call(int command, byte[] keyBytes, long valueAddress) {
        if (closed) {
            throw new IllegalStateException(this + " is closed");
        }
        write(key, keyBytes);
        attributes.set(JAVA_LONG, 16, valueAddress);
        return BpfCalls.tryCall(command, attributes, state);
    }

    private static void write(MemorySegment to, byte[] bytes) {
        if (bytes.length != to.byteSize()) {
            throw new IllegalArgumentException(bytes.length + " bytes are not " + to.byteSize());
        }
        MemorySegment.copy(bytes, 0, to, JAVA_BYTE, 0, bytes.length);
    }

    private void require(int result, String tried) throws KernelException {
        if (result < 0) {
            throw new KernelException(tried + " " + this, new Errno(-result));
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            FileCalls.close(fd);
            arena.close();
        }
    }

    @Override
    public String toString() {
        return "BPF map " + name;
    }
}
