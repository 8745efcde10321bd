package io.pointsman.linux.ownership;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a backend owns on this host, on disk: entered before it is made, struck out after it is gone, so that a crash leaves
 * at most entries of things that never came to be. Nothing of it outlives the machine's boot, so nothing is forced to the
 * disk.
 *
 * <p>File {@code owned}, a line each: {@code + thing}, {@code - thing}, {@code sysctl name value-before}. Not thread-safe.
 *
 * @param <T> what is owned
 */
public final class OwnershipLedger<T> {
    private static final String FILE = "owned";

    private final Path file;
    private final Notation<T> notation;
    private final Set<T> owned = new LinkedHashSet<>();
    private final Map<String, String> sysctlsBefore = new LinkedHashMap<>();
    /** Whether a crash left the last line without its end, which another line may not be appended to. */
    private boolean isTorn;

    /** How things are written. */
    public interface Notation<T> {
        /** On one line. */
        String write(T thing);

        /**
         * What was written so.
         *
         * @throws IllegalArgumentException when nothing is
         */
        T read(String text);
    }

    private OwnershipLedger(Path file, Notation<T> notation) {
        this.file = file;
        this.notation = notation;
    }

    /**
     * Reads what earlier runs entered. Writes nothing. A last line that a crash cut short counts for nothing: what it enters
     * was not made yet.
     *
     * @throws IOException when it is there but can't be read; it names the line
     */
    public static <T> OwnershipLedger<T> open(Path folder, Notation<T> notation) throws IOException {
        final OwnershipLedger<T> ledger = new OwnershipLedger<>(folder.resolve(FILE), notation);
        final String text;
        try {
            text = Files.readString(ledger.file);
        } catch (NoSuchFileException _) {
            return ledger; // nothing owned yet
        }
        final int end = text.lastIndexOf('\n') + 1;
        ledger.isTorn = end < text.length();
        int number = 0;
        for (String line : text.substring(0, end).split("\n", -1)) {
            number++;
            try {
                ledger.read(line);
            } catch (IllegalArgumentException e) {
                throw new IOException(ledger.file + ", line " + number + ": " + e.getMessage(), e);
            }
        }
        return ledger;
    }

    private void read(String line) {
        final String[] words = line.split(" ", 3);
        if (line.startsWith("+ ")) {
            owned.add(notation.read(line.substring(2)));
        } else if (line.startsWith("- ")) {
            owned.remove(notation.read(line.substring(2)));
        } else if (words[0].equals("sysctl") && words.length == 3) {
            sysctlsBefore.put(words[1], words[2]);
        } else if (!line.isBlank()) {
            throw new IllegalArgumentException("not understood: \"" + line + "\"");
        }
    }

    public boolean owns(T thing) {
        return owned.contains(thing);
    }

    /** All of it, in the order in which it was entered; a view. */
    public Set<T> owned() {
        return Collections.unmodifiableSet(owned);
    }

    /** Enters things that are about to be made. */
    public void enter(Collection<? extends T> things) throws IOException {
        final StringBuilder lines = new StringBuilder();
        for (T thing : things) {
            if (owned.add(thing)) {
                lines.append("+ ").append(notation.write(thing)).append('\n');
            }
        }
        append(lines);
    }

    /** Strikes out things that are gone. */
    public void strike(Collection<? extends T> things) throws IOException {
        final StringBuilder lines = new StringBuilder();
        for (T thing : things) {
            if (owned.remove(thing)) {
                lines.append("- ").append(notation.write(thing)).append('\n');
            }
        }
        append(lines);
    }

    /** Values that sysctls had before we set them, by name with dots. */
    public Map<String, String> sysctlsBefore() {
        return Collections.unmodifiableMap(sysctlsBefore);
    }

    /** Enters a sysctl that is about to be set; what it was before our first time stays. */
    public void enterSysctl(String name, String before) throws IOException {
        if (sysctlsBefore.putIfAbsent(name, before) == null) {
            append("sysctl " + name + " " + before + "\n");
        }
    }

    private void append(CharSequence lines) throws IOException {
        if (lines.isEmpty()) {
            return;
        }
        if (isTorn) {
            compact(); // with what the lines say
            return;
        }
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Writes the file anew, without what was struck out; at once as a whole. */
    public void compact() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        final StringBuilder lines = new StringBuilder();
        owned.forEach(thing -> lines.append("+ ").append(notation.write(thing)).append('\n'));
        sysctlsBefore.forEach((name, before) ->
                lines.append("sysctl ").append(name).append(' ').append(before).append('\n'));
        final Path temporary = file.resolveSibling(FILE + ".new");
        Files.writeString(temporary, lines);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        isTorn = false;
    }

    /** Nothing is owned any more. */
    public void clear() throws IOException {
        owned.clear();
        sysctlsBefore.clear();
        Files.deleteIfExists(file);
        isTorn = false;
    }
}
