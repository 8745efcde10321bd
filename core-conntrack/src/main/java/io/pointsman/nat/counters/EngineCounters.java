package io.pointsman.nat.counters;

import io.pointsman.nat.NatEngine;
import io.pointsman.nat.Reason;
import io.pointsman.nat.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;
import org.jspecify.annotations.Nullable;

/**
 * An engine's counters, in a file that other processes may map, or in plain memory. At intervals, the numbers that the
 * engine counts itself are copied here, so no packet pays for it. Any thread; allocates nothing after construction.
 *
 * <p>The file belongs to one engine at a time: a lock on a second file ({@code .lock}), which ends with the process, keeps
 * others out. The counters file itself stays and is reused in place, so that a process that has it mapped continues to read.
 */
public final class EngineCounters implements AutoCloseable {
    private static final CounterLayout.Total[] TOTALS = CounterLayout.Total.values();
    private static final Verdict[] VERDICTS = Verdict.values();
    private static final Reason[] REASONS = Reason.values();

    private static final int IDLE = 0;
    private static final int PUBLISHING = 1;
    private static final int CLOSED = 2;

    private final UnsafeBuffer buffer;
    private final List<AtomicCounter> counters = new ArrayList<>();
    private final @Nullable FileChannel lock;
    private final AtomicInteger state = new AtomicInteger(IDLE);

    private EngineCounters(UnsafeBuffer buffer, @Nullable FileChannel lock) {
        this.buffer = buffer;
        this.lock = lock;
        buffer.putIntVolatile(CounterLayout.VERSION_OFFSET, 0);
        buffer.setMemory(CounterLayout.PID_OFFSET, CounterLayout.FILE_BYTES - CounterLayout.PID_OFFSET, (byte) 0);
        final CountersManager manager = new CountersManager(
                new UnsafeBuffer(buffer, CounterLayout.METADATA_OFFSET, CounterLayout.METADATA_BYTES),
                new UnsafeBuffer(buffer, CounterLayout.VALUES_OFFSET, CounterLayout.VALUES_BYTES),
                StandardCharsets.US_ASCII);
        CounterLayout.names().forEach(name -> counters.add(manager.newCounter(name)));
        final long now = System.currentTimeMillis();
        buffer.putLong(CounterLayout.PID_OFFSET, ProcessHandle.current().pid());
        buffer.putLong(CounterLayout.STARTED_OFFSET, now);
        buffer.putLongVolatile(CounterLayout.PUBLISHED_OFFSET, now);
        buffer.putIntVolatile(CounterLayout.VERSION_OFFSET, CounterLayout.VERSION);
    }

    /**
     * Opens the counters in this file, created with its parent directories if needed; in plain memory if there is no file.
     *
     * @throws UncheckedIOException when the file can't be created or belongs to another engine
     */
    public static EngineCounters open(Optional<Path> file) {
        if (file.isEmpty()) {
            return new EngineCounters(new UnsafeBuffer(ByteBuffer.allocateDirect(CounterLayout.FILE_BYTES)), null);
        }
        final Path path = file.get().toAbsolutePath();
        try {
            Files.createDirectories(path.getParent());
            final FileChannel lock = lock(path);
            try {
                return new EngineCounters(new UnsafeBuffer(map(path)), lock);
            } catch (IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("counters file " + path + " can't be used: " + e.getMessage(), e);
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        final FileChannel channel = FileChannel.open(
                path.resolveSibling(path.getFileName() + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            final FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException _) {
            // another engine of this process: reported below
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new IOException("another engine uses it; give each engine its own file");
    }

    /**
     * Writes every byte before any is mapped: a store into a mapping that the file system has no room for ends in an error of the JVM, on
     * whichever thread counts; a write says so here.
     */
    private static MappedByteBuffer map(Path path) throws IOException {
        if (Files.exists(path) && Files.size(path) != CounterLayout.FILE_BYTES) {
            Files.delete(path); // another layout: a process that has the file mapped must not see it shrink
        }
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer zeros = ByteBuffer.allocate(CounterLayout.FILE_BYTES);
            while (zeros.hasRemaining()) {
                final int _ = channel.write(zeros);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, CounterLayout.FILE_BYTES);
        }
    }

    /** Writes the engine's current counts. Does nothing while another thread does so, or once closed. */
    public void publish(NatEngine engine) {
        if (!state.compareAndSet(IDLE, PUBLISHING)) {
            return;
        }
        try {
            publishNow(engine);
        } finally {
            state.set(IDLE);
        }
    }

    private void publishNow(NatEngine engine) {
        int next = 0;
        for (CounterLayout.Total total : TOTALS) {
            counters.get(next++).setRelease(engine.total(total));
        }
        for (Verdict verdict : VERDICTS) {
            counters.get(next++).setRelease(engine.connects(verdict));
        }
        for (Reason reason : REASONS) {
            counters.get(next++).setRelease(engine.packets(reason));
        }
        buffer.putLongVolatile(CounterLayout.PUBLISHED_OFFSET, System.currentTimeMillis());
    }

    /** Leaves the file as it is, readable, and free for another engine. */
    @Override
    public void close() {
        while (!state.compareAndSet(IDLE, CLOSED)) { // terminates: a publisher takes microseconds
            if (state.get() == CLOSED) {
                return;
            }
            Thread.onSpinWait();
        }
        if (buffer.byteBuffer() instanceof MappedByteBuffer mapped && lock != null) {
            IoUtil.unmap(mapped);
        }
        if (lock != null) {
            try {
                lock.close();
            } catch (IOException e) {
                throw new UncheckedIOException("counters lock can't be released: " + e.getMessage(), e);
            }
        }
    }
}
