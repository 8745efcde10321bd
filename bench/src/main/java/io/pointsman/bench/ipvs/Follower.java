package io.pointsman.bench.ipvs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Reads a file as another program, perhaps in another kernel, writes it, and passes on its lines. */
final class Follower implements AutoCloseable {
    private static final int POLL_MILLIS = 300;

    private final Path file;
    private final Consumer<String> lines;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private long read;
    private String rest = "";

    Follower(Path file, Consumer<String> lines) {
        this.file = file;
        this.lines = lines;
        this.thread = Thread.ofPlatform().daemon().name("follower").start(this::follow);
    }

    private void follow() {
        try {
            while (!ended.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                more();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void more() {
        if (!Files.exists(file)) {
            return;
        }
        try (var channel = Files.newByteChannel(file)) {
            channel.position(read);
            final var bytes = ByteBuffer.allocate((int) Math.min(1 << 20, channel.size() - read));
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                read = channel.position();
            }
            rest += new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
            for (int end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
                lines.accept(rest.substring(0, end));
                rest = rest.substring(end + 1);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends after all existing lines have been passed on. */
    @Override
    public void close() {
        ended.countDown();
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        more();
    }
}
