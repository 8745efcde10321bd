package io.pointsman.linux.program;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Reads a program's output on its own thread, up to a limit. It is a platform thread: a virtual one may be the first of the
 * process, and its carriers would stay in whichever network namespace the caller happens to visit.
 */
final class Drain {
    private static final int CHUNK_BYTES = 16 << 10;

    private final InputStream stream;
    private final int keptBytes;
    private final long limitBytes;
    private final Runnable whenTooLong;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final Thread thread;
    private boolean isTooLong; // guarded by kept

    /**
     * Starts reading at once.
     *
     * @param keptBytes number of bytes kept; the rest is read and dropped
     * @param limitBytes beyond which reading stops and {@code whenTooLong} is called
     */
    Drain(String name, InputStream stream, int keptBytes, long limitBytes, Runnable whenTooLong) {
        this.stream = stream;
        this.keptBytes = keptBytes;
        this.limitBytes = limitBytes;
        this.whenTooLong = whenTooLong;
        this.thread = Thread.ofPlatform().daemon().name(name).start(this::read);
    }

    private void read() {
        final byte[] chunk = new byte[CHUNK_BYTES];
        long total = 0;
        try (stream) {
            for (int count = stream.read(chunk); count >= 0; count = stream.read(chunk)) {
                total += count;
                synchronized (kept) {
                    kept.write(chunk, 0, Math.min(count, Math.max(0, keptBytes - kept.size())));
                    isTooLong = total > limitBytes;
                }
                if (total > limitBytes) {
                    whenTooLong.run();
                    return;
                }
            }
        } catch (IOException e) {
            synchronized (kept) {
                kept.writeBytes(("(unreadable from here: " + e.getMessage() + ")").getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    /** Whether all has been read within this time. */
    boolean hasEnded(Duration patience) throws InterruptedException {
        return thread.join(patience);
    }

    boolean isTooLong() {
        synchronized (kept) {
            return isTooLong;
        }
    }

    String text() {
        synchronized (kept) {
            return kept.toString(StandardCharsets.UTF_8);
        }
    }
}
