package io.pointsman.bench.engine;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Packets and CPU time of a thread, shared with another process by a mapped file. The thread's process writes them; another one may
 * pause the thread.
 */
public final class PacketCounts {
    /** The file's name. */
    public static final String FILE = "packets";

    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();
    private static final long PACKETS = 0;
    private static final long CPU_NANOS = 8;
    private static final long IS_PAUSED = 16; // 0 or 1
    private static final long SIZE = 24;

    private final MemorySegment words;

    private PacketCounts(MemorySegment words) {
        this.words = words;
    }

    /** Makes the file, in a folder that may not exist yet. */
    static PacketCounts create(Path folder) throws IOException {
        return map(Files.createDirectories(folder).resolve(FILE), StandardOpenOption.CREATE);
    }

    /** Maps the counts that another process writes. */
    public static PacketCounts of(Path folder) throws IOException {
        return map(folder.resolve(FILE));
    }

    private static PacketCounts map(Path file, StandardOpenOption... more) throws IOException {
        final StandardOpenOption[] options = new StandardOpenOption[more.length + 2];
        options[0] = StandardOpenOption.READ;
        options[1] = StandardOpenOption.WRITE;
        System.arraycopy(more, 0, options, 2, more.length);
        try (FileChannel channel = FileChannel.open(file, options)) {
            return new PacketCounts(channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE, Arena.ofAuto()));
        }
    }

    void put(long packets, long cpuNanos) {
        WORD.setRelease(words, CPU_NANOS, cpuNanos);
        WORD.setRelease(words, PACKETS, packets);
    }

    /** Packets so far. */
    public long packets() {
        return (long) WORD.getAcquire(words, PACKETS);
    }

    /** Processor time of the thread that sent them. */
    public long cpuNanos() {
        return (long) WORD.getAcquire(words, CPU_NANOS);
    }

    /** Lets the thread send or not; it obeys within some thousand packets. */
    public void pause(boolean isPaused) {
        WORD.setRelease(words, IS_PAUSED, isPaused ? 1L : 0L);
    }

    boolean isPaused() {
        return (long) WORD.getAcquire(words, IS_PAUSED) != 0;
    }
}
