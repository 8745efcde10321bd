package io.pointsman.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads lines of a file that another kernel writes to: a shared folder transfers bytes, but no events and no pipes. Used by
 * one thread.
 */
final class FollowedFile {
    private static final long LOOK_MILLIS = 150;

    private final Path file;
    private final StringBuilder unread = new StringBuilder();
    private long position;

    /** @param file file to read, which may not exist yet */
    FollowedFile(Path file) {
        this.file = file;
    }

    /** Returns the next complete line; empty if it is not written yet. */
    Optional<String> next() throws IOException {
        readOn();
        final int end = unread.indexOf("\n");
        if (end < 0) {
            return Optional.empty();
        }
        final String line = unread.substring(0, end);
        unread.delete(0, end + 1);
        return Optional.of(line);
    }

    /** Waits for the next complete line. */
    String await() throws IOException {
        Optional<String> line = next();
        while (line.isEmpty()) {
            TutorialCluster.pause(LOOK_MILLIS);
            line = next();
        }
        return line.get();
    }

    private void readOn() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            channel.position(position);
            final ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(Math.max(0, channel.size() - position)));
            boolean isMore = true;
            while (isMore && bytes.hasRemaining()) {
                isMore = channel.read(bytes) >= 0;
            }
            final int whole = lastLineEnd(bytes);
            unread.append(StandardCharsets.UTF_8.decode(bytes.flip().limit(whole)));
            position += whole;
        }
    }

    /** Returns the end of the last complete line. No character is cut, as a line feed is never part of a multi-byte one. */
    private static int lastLineEnd(ByteBuffer bytes) {
        int end = bytes.position();
        while (end > 0 && bytes.get(end - 1) != '\n') {
            end--;
        }
        return end;
    }
}
