package io.pointsman.spi.userspace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What we own on this host, on disk: entered before it is made, struck out after it is gone, so that a crash leaves at
 * most entries of things that never came to be. Nothing of it outlives the machine's boot, so nothing is forced to the
 * disk.
 *
 * <p>A line each: {@code + entry} or {@code - entry}; an entry is a word for its kind and what tells it from others of
 * its kind. Not thread-safe.
 */
final class OwnershipLedger {
    private static final String FILE = "owned";

    private final Path file;
    private final Set<String> entries = new LinkedHashSet<>();

    private OwnershipLedger(Path file) {
        this.file = file;
    }

    /**
     * Reads what earlier runs entered. Writes nothing.
     *
     * @throws IOException when it is there but can't be read
     */
    static OwnershipLedger open(Path directory) throws IOException {
        final OwnershipLedger ledger = new OwnershipLedger(directory.resolve(FILE));
        final List<String> lines;
        try {
            lines = Files.readAllLines(ledger.file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException _) {
            return ledger; // nothing owned yet
        }
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i);
            if (line.startsWith("+ ")) {
                ledger.entries.add(line.substring(2));
            } else if (line.startsWith("- ")) {
                ledger.entries.remove(line.substring(2));
            } else if (i < lines.size() - 1) { // the last may be cut short by a crash: what it enters was not made yet
                throw new IOException(ledger.file + ", line " + (i + 1) + ": not understood: \"" + line + "\"");
            }
        }
        return ledger;
    }

    /** What follows the kind in each entry of that kind, in the order of entering. */
    List<String> entries(String kind) {
        final String start = kind + " ";
        return entries.stream()
                .filter(entry -> entry.startsWith(start))
                .map(entry -> entry.substring(start.length()))
                .toList();
    }

    /** Enters what is about to be made. */
    void enter(String kind, Collection<String> made) throws IOException {
        final StringBuilder lines = new StringBuilder();
        for (String one : made) {
            if (entries.add(kind + " " + one)) {
                lines.append("+ ").append(kind).append(' ').append(one).append('\n');
            }
        }
        append(lines);
    }

    void enter(String kind, String made) throws IOException {
        enter(kind, List.of(made));
    }

    /** Strikes out what is gone. */
    void strike(String kind, Collection<String> gone) throws IOException {
        final StringBuilder lines = new StringBuilder();
        for (String one : gone) {
            if (entries.remove(kind + " " + one)) {
                lines.append("- ").append(kind).append(' ').append(one).append('\n');
            }
        }
        append(lines);
    }

    void strike(String kind, String gone) throws IOException {
        strike(kind, List.of(gone));
    }

    private void append(CharSequence lines) throws IOException {
        if (!lines.isEmpty()) {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    /** Writes the file anew, without what was struck out; without entries it goes. */
    void compact() throws IOException {
        if (entries.isEmpty()) {
            Files.deleteIfExists(file);
            return;
        }
        final StringBuilder lines = new StringBuilder();
        entries.forEach(entry -> lines.append("+ ").append(entry).append('\n'));
        final Path temporary = file.resolveSibling(FILE + ".new");
        Files.writeString(temporary, lines);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
