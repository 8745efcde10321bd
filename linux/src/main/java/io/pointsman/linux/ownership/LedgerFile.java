package io.pointsman.linux.ownership;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A file of text lines in a {@link StateFolder}, to which lines are added at the end, all of them or none. What a crash or a
 * full disk left of an addition is removed by the next one. Nothing is forced to the disk: no line counts after the
 * machine's next boot. Not thread-safe.
 */
final class LedgerFile {
    private static final String SUFFIX_NEW = ".new";

    private final StateFolder folder;
    private final String name;
    private final List<String> found;
    /** Offset of the next line; bytes beyond it are the rest of a failed addition, or another program's. */
    private long endBytes;
    /** Whether the rest of a failed addition may be beyond the end. */
    private boolean isTorn;

    private int lines;

    private LedgerFile(StateFolder folder, String name, List<String> found, long endBytes, boolean isTorn) {
        this.folder = folder;
        this.name = name;
        this.found = found;
        this.endBytes = endBytes;
        this.isTorn = isTorn;
        this.lines = found.size();
    }

    /** Reads the file; writes nothing. A last line without a line feed is ignored. */
    static LedgerFile open(StateFolder folder, String name) throws IOException {
        final byte[] bytes;
        try (FileChannel channel = folder.open(name, StandardOpenOption.READ)) {
            final ByteArrayOutputStream all = new ByteArrayOutputStream((int) Math.min(channel.size() + 1, 1 << 30));
            Channels.newInputStream(channel).transferTo(all);
            bytes = all.toByteArray();
        } catch (NoSuchFileException _) {
            return new LedgerFile(folder, name, List.of(), 0, false);
        }
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        final List<String> lines =
                end == 0 ? List.of() : List.of(new String(bytes, 0, end - 1, StandardCharsets.UTF_8).split("\n", -1));
        return new LedgerFile(folder, name, lines, end, end < bytes.length);
    }

    Path path() {
        return folder.file(name);
    }

    /** Returns the lines that the file had when it was opened. */
    List<String> found() {
        return found;
    }

    /** Returns the number of lines. */
    int lines() {
        return lines;
    }

    /**
     * Adds lines, each with its line feed.
     *
     * @return false if the file is missing or shorter than when last seen, so that it has to be {@link #replace replaced}
     * @throws IOException if the lines are not in the file
     */
    boolean append(CharSequence text, int count) throws IOException {
        try (FileChannel channel = folder.open(name, StandardOpenOption.WRITE)) {
            if (channel.size() < endBytes || endBytes == 0) {
                return false;
            }
            if (isTorn) {
                channel.truncate(endBytes);
                isTorn = false;
            }
            channel.position(channel.size());
            write(channel, text);
            lines += count;
            return true;
        } catch (NoSuchFileException _) {
            return false;
        }
    }

    private void write(FileChannel channel, CharSequence text) throws IOException {
        final long before = channel.position();
        try {
            writeAll(channel, text);
            endBytes = channel.position();
        } catch (IOException e) {
            endBytes = before;
            isTorn = true;
            try {
                channel.truncate(before);
                isTorn = false;
            } catch (IOException undo) {
                e.addSuppressed(undo); // the next one begins with that
            }
            throw e;
        }
    }

    private static void writeAll(FileChannel channel, CharSequence text) throws IOException {
        final ByteBuffer bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(text));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Replaces the whole file by these lines, atomically. */
    void replace(CharSequence text, int count) throws IOException {
        final String next = name + SUFFIX_NEW;
        final long size;
        try (FileChannel channel = folder.create(next)) {
            writeAll(channel, text);
            size = channel.position();
            folder.rename(next, name);
        } catch (IOException e) {
            try {
                folder.delete(next); // it takes room that is wanted
            } catch (IOException undo) {
                e.addSuppressed(undo);
            }
            throw e;
        }
        endBytes = size;
        isTorn = false;
        lines = count;
    }

    /** Deletes the file. */
    void delete() throws IOException {
        folder.delete(name);
        folder.delete(name + SUFFIX_NEW);
        endBytes = 0;
        isTorn = false;
        lines = 0;
    }
}
