package io.pointsman.linux.ownership;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a backend owns on this host, on disk: entered before it is made, struck out after it is gone, so that a crash leaves
 * at most entries of things that never came to be. What can't be entered must not be made. Nothing of it outlives the
 * machine's boot, so nothing is forced to the disk, and what an earlier boot left is forgotten.
 *
 * <p>File {@code owned}, a line each: {@code boot id}, {@code + thing}, {@code - thing}, {@code sysctl name value-before}. A
 * line that can't be read is kept and told of. When more lines say nothing any more than do, the file is rewritten. Its
 * folder must be closed to others. Not thread-safe.
 *
 * @param <T> what is owned
 */
public final class OwnershipLedger<T> {
    private static final String FILE = "owned";
    private static final String BOOT = "boot";
    private static final String SYSCTL = "sysctl";
    /** Fewer lines are not worth the writing. */
    private static final int MIN_DEAD_LINES = 256;

    private static final int MAX_SHOWN_CHARACTERS = 80;

    private final LedgerFile file;
    private final Notation<T> notation;
    private final String boot;
    private final Set<T> owned = new LinkedHashSet<>();
    private final Map<String, String> sysctlsBefore = new LinkedHashMap<>();
    /** They are gone, and the file does not say so yet. */
    private final Set<T> unstruck = new LinkedHashSet<>();

    private final List<String> unreadable = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();
    /** The file says what is not so, because another boot wrote it, or does not say which boot it is of. */
    private boolean isOutdated;
    /** Writing it again is not tried with fewer dead lines. */
    private int patience = MIN_DEAD_LINES;

    private @Nullable String problem;

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

    private OwnershipLedger(LedgerFile file, Notation<T> notation, String boot) {
        this.file = file;
        this.notation = notation;
        this.boot = boot;
    }

    /**
     * Reads what earlier runs entered. Writes nothing. A last line that a crash cut short counts for nothing: what it enters
     * was not made yet.
     *
     * @throws IOException when it is there but can't be read at all, or others may have tampered with it
     */
    public static <T> OwnershipLedger<T> open(Path folder, Notation<T> notation) throws IOException {
        return open(folder, notation, BootId.current());
    }

    static <T> OwnershipLedger<T> open(Path folder, Notation<T> notation, String boot) throws IOException {
        final LedgerFile file = LedgerFile.open(StateFolder.at(folder), FILE);
        final OwnershipLedger<T> ledger = new OwnershipLedger<>(file, notation, boot);
        final Optional<String> wroteIt = file.found().stream()
                .filter(line -> line.startsWith(BOOT + " "))
                .map(line -> line.substring(BOOT.length() + 1))
                .findFirst();
        ledger.isOutdated = !wroteIt.equals(Optional.of(boot)) && file.lines() > 0;
        if (wroteIt.isEmpty() || !isOver(wroteIt.get(), boot)) {
            ledger.readAll(file.found());
        }
        return ledger;
    }

    /** The kernel has nothing any more of a boot that is over. */
    private static boolean isOver(String wroteIt, String boot) {
        return !wroteIt.equals(boot) && !wroteIt.equals(BootId.UNKNOWN) && !boot.equals(BootId.UNKNOWN);
    }

    private void readAll(List<String> lines) {
        int number = 0;
        for (String line : lines) {
            number++;
            try {
                read(line);
            } catch (IllegalArgumentException e) {
                unreadable.add(line);
                complaints.add(file.path() + ", line " + number + ": " + shown(String.valueOf(e.getMessage())));
            }
        }
    }

    private void read(String line) {
        final String[] words = line.split(" ", 3);
        if (line.startsWith("+ ")) {
            owned.add(notation.read(line.substring(2)));
        } else if (line.startsWith("- ")) {
            owned.remove(notation.read(line.substring(2)));
        } else if (words[0].equals(SYSCTL) && words.length == 3) {
            sysctlsBefore.putIfAbsent(words[1], words[2]);
        } else if (!line.isBlank() && !line.startsWith(BOOT + " ")) {
            throw new IllegalArgumentException("not understood: \"" + line + "\"");
        }
    }

    /** From a file that anything may have got into. */
    private static String shown(String text) {
        final StringBuilder shown = new StringBuilder();
        text.codePoints()
                .limit(MAX_SHOWN_CHARACTERS)
                .map(point -> Character.isISOControl(point) ? '?' : point)
                .forEach(shown::appendCodePoint);
        return text.length() > MAX_SHOWN_CHARACTERS ? shown + "…" : shown.toString();
    }

    /** A sentence for each line that says nothing to this version: what it enters is not known. */
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** Why the file does not say all that it should; empty when it does. */
    public Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    public boolean owns(T thing) {
        return owned.contains(thing);
    }

    /** All of it, in the order in which it was entered; a view. */
    public Set<T> owned() {
        return Collections.unmodifiableSet(owned);
    }

    /**
     * Enters things that are about to be made.
     *
     * @throws IOException when they can't be; then nothing has changed, and they must not be made
     */
    public void enter(Collection<? extends T> things) throws IOException {
        final Set<T> fresh = new LinkedHashSet<>(things);
        fresh.removeAll(owned);
        final Set<T> again = new LinkedHashSet<>(fresh);
        again.retainAll(unstruck); // the file still has them
        fresh.removeAll(again);
        if (!fresh.isEmpty()) {
            final StringBuilder lines = new StringBuilder();
            fresh.forEach(thing -> line(lines, '+', thing));
            write(lines, fresh.size());
        }
        unstruck.removeAll(again);
        owned.addAll(again);
        owned.addAll(fresh);
        tidy();
    }

    /**
     * Strikes out things that are gone. Where that can't be written, it is written with the next entry; until then a crash
     * leaves entries of things that are not there.
     */
    public void strike(Collection<? extends T> things) {
        for (T thing : things) {
            if (owned.remove(thing)) {
                unstruck.add(thing);
            }
        }
        if (unstruck.isEmpty()) {
            return;
        }
        final StringBuilder lines = new StringBuilder();
        unstruck.forEach(thing -> line(lines, '-', thing));
        try {
            write(lines, unstruck.size());
            unstruck.clear();
            tidy();
        } catch (IOException e) {
            problem = e.getMessage();
        }
    }

    /** Values that sysctls had before we set them, by name with dots. */
    public Map<String, String> sysctlsBefore() {
        return Collections.unmodifiableMap(sysctlsBefore);
    }

    /**
     * Enters a sysctl that is about to be set; what it was before our first time stays.
     *
     * @throws IOException when it can't be; then it must not be set
     */
    public void enterSysctl(String name, String before) throws IOException {
        if (!sysctlsBefore.containsKey(name)) {
            final StringBuilder line = new StringBuilder();
            sysctl(line, name, before);
            write(line, 1);
            sysctlsBefore.put(name, before);
        }
    }

    private void line(StringBuilder lines, char sign, T thing) {
        lines.append(sign).append(' ').append(oneLine(notation.write(thing))).append('\n');
    }

    private static void sysctl(StringBuilder lines, String name, String before) {
        lines.append(oneLine(SYSCTL + " " + name + " " + before)).append('\n');
    }

    private static String oneLine(String text) {
        if (text.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("more than one line: \"" + text + "\"");
        }
        return text;
    }

    /** Has the file say it, before anybody relies on it. */
    private void write(StringBuilder lines, int count) throws IOException {
        try {
            if (isOutdated || !file.append(lines, count)) {
                final StringBuilder whole = new StringBuilder();
                final int live = live(whole);
                file.replace(whole.append(lines), live + count);
                isOutdated = false;
            }
            problem = null;
        } catch (IOException e) {
            throw new IOException(
                    "what is to be owned can't be put on record, and without that nothing is made: " + file.path()
                            + ": " + why(e),
                    e);
        }
    }

    /** The file system's exceptions give the path as their message, and the reason beside it if at all. */
    private static String why(IOException failure) {
        if (failure instanceof FileSystemException refused) {
            return refused.getReason() == null
                    ? refused.getClass().getSimpleName()
                    : String.valueOf(refused.getReason());
        }
        return String.valueOf(failure.getMessage());
    }

    /** All that the file has to say, things that are to be struck out included; returns the number of lines. */
    private int live(StringBuilder lines) {
        lines.append(BOOT + " ").append(boot).append('\n');
        unreadable.forEach(line -> lines.append(line).append('\n'));
        owned.forEach(thing -> line(lines, '+', thing));
        unstruck.forEach(thing -> line(lines, '+', thing));
        sysctlsBefore.forEach((name, before) -> sysctl(lines, name, before));
        return aliveLines();
    }

    private int aliveLines() {
        return 1 + unreadable.size() + owned.size() + unstruck.size() + sysctlsBefore.size();
    }

    /** Writes the file again where more of it is dead than alive. It need not succeed: the file is right as it is. */
    private void tidy() {
        final int alive = aliveLines();
        final int dead = file.lines() - alive;
        if (dead <= alive || dead < patience) {
            return;
        }
        final StringBuilder whole = new StringBuilder();
        final int count = live(whole);
        try {
            file.replace(whole, count);
            patience = MIN_DEAD_LINES;
        } catch (IOException e) {
            problem = file.path() + " grows and can't be rewritten: " + why(e);
            patience = 2 * dead; // so that a full disk does not make every entry expensive
        }
    }

    /** Nothing is owned any more. Lines that can't be read stay: what they enter may be there still. */
    public void clear() throws IOException {
        if (unreadable.isEmpty()) {
            file.delete();
        } else {
            final StringBuilder lines = new StringBuilder(BOOT + " " + boot + "\n");
            unreadable.forEach(line -> lines.append(line).append('\n'));
            file.replace(lines, 1 + unreadable.size());
        }
        owned.clear();
        unstruck.clear();
        sysctlsBefore.clear();
        isOutdated = false;
        problem = null;
    }
}
