package io.pointsman.nat.counters;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/**
 * Reader of an engine's counters file, from any process, while the engine runs or afterwards. One thread.
 *
 * <p>Counters are read one by one, even if an engine publishes them together: sums may be off by what was counted meanwhile.
 */
public final class CounterFile implements AutoCloseable {
    private final MappedByteBuffer mapped;
    private final UnsafeBuffer buffer;
    private final CountersReader reader;

    /** A counter's name and its value when read. */
    public record Counter(String name, long value) {}

    private CounterFile(MappedByteBuffer mapped) {
        this.mapped = mapped;
        buffer = new UnsafeBuffer(mapped);
        reader = new CountersReader(
                new UnsafeBuffer(buffer, CounterLayout.METADATA_OFFSET, CounterLayout.METADATA_BYTES),
                new UnsafeBuffer(buffer, CounterLayout.VALUES_OFFSET, CounterLayout.VALUES_BYTES),
                StandardCharsets.US_ASCII);
    }

    /**
     * Maps a file.
     *
     * @throws IOException when it does not exist, or is no counters file of this version
     */
    public static CounterFile open(Path file) throws IOException {
        final MappedByteBuffer mapped;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() != CounterLayout.FILE_BYTES) {
                throw new IOException(file + " is no counters file: it has " + channel.size() + " bytes, not "
                        + CounterLayout.FILE_BYTES);
            }
            mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, CounterLayout.FILE_BYTES);
        }
        final CounterFile counters = new CounterFile(mapped);
        final int version = counters.buffer.getIntVolatile(CounterLayout.VERSION_OFFSET);
        if (version != CounterLayout.VERSION) {
            counters.close();
            throw new IOException(file
                    + (version == 0
                            ? " is being created; try again"
                            : " is of another version: " + Integer.toHexString(version)));
        }
        return counters;
    }

    /** Reads every counter, in the order of their numbers. */
    public List<Counter> read() {
        final List<Counter> counters = new ArrayList<>();
        reader.forEach((value, _, name) -> counters.add(new Counter(name, value)));
        return counters;
    }

    /** Id of the process whose engine writes the file, or wrote it last. */
    public long processId() {
        return buffer.getLong(CounterLayout.PID_OFFSET);
    }

    public Instant started() {
        return Instant.ofEpochMilli(buffer.getLong(CounterLayout.STARTED_OFFSET));
    }

    /** Time at which the values were last published. */
    public Instant published() {
        return Instant.ofEpochMilli(buffer.getLongVolatile(CounterLayout.PUBLISHED_OFFSET));
    }

    @Override
    public void close() {
        IoUtil.unmap(mapped);
    }
}
