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
 * A record on disk of what a backend owns on this host. An object is entered before it is made and struck out after it is
 * gone, so that a crash leaves at most entries of objects that were never made. What can't be entered must not be made.
 * Owned objects do not outlive the machine's boot, so nothing is forced to the disk, and entries of an earlier boot are
 * ignored.
 *
 * <p>File {@code owned} has one entry a line: {@code boot id}, {@code + object}, {@code - object},
 * {@code sysctl name value-before}. An unreadable line is kept and reported. If more lines are dead than live, the file is
 * rewritten. Only this user and root may be able to write to its folder. Objects are of several kinds, each with its own
 * type. Not thread-safe.
 */
public final class Ledger {
    private static final String FILE = "owned";
    private static final String BOOT = "boot";
    private static final String SYSCTL = "sysctl";
    /** Minimum number of dead lines for which rewriting is worthwhile. */
    private static final int MIN_DEAD_LINES = 256;

    private static final int MAX_SHOWN_CHARACTERS = 80;

    private final LedgerFile file;
    private final List<Kind<?>> kinds;
    private final String boot;
    private final Set<Entry<?>> owned = new LinkedHashSet<>();
    private final Map<String, String> sysctlsBefore = new LinkedHashMap<>();
    /** Objects that are gone but not yet struck out in the file. */
    private final Set<Entry<?>> unstruck = new LinkedHashSet<>();

    private final List<String> unreadable = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();
    /** Whether the file's entries do not hold, because another boot wrote it or it names no boot. */
    private boolean isOutdated;
    /** Minimum number of dead lines for the next try to rewrite the file. */
    private int patience = MIN_DEAD_LINES;

    private @Nullable String problem;

    private record Entry<T>(Kind<T> kind, T thing) {
        static <T> Entry<T> read(Kind<T> kind, String text) {
            return new Entry<>(
                    kind, kind.read().apply(text.substring(kind.start().length())));
        }

        String text() {
            return kind.start() + kind.write().apply(thing);
        }
    }

    private Ledger(LedgerFile file, List<Kind<?>> kinds, String boot) {
        this.file = file;
        this.kinds = kinds;
        this.boot = boot;
    }

    /**
     * Reads what earlier runs entered; writes nothing. A last line that a crash cut short is ignored: its object was not
     * made yet.
     *
     * @param kinds all kinds that it may hold
     * @throws IOException if it exists but can't be read at all, or if others may have tampered with it
     */
    public static Ledger open(Path folder, Kind<?>... kinds) throws IOException {
        return openInBoot(BootId.current(), folder, kinds);
    }

    static Ledger openInBoot(String boot, Path folder, Kind<?>... kinds) throws IOException {
        final LedgerFile file = LedgerFile.open(StateFolder.at(folder), FILE);
        final Ledger ledger = new Ledger(file, List.of(kinds), boot);
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

    /** Whether the file's boot is known to be over, so that the kernel has none of its objects any more. */
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
            owned.add(entry(line.substring(2)));
        } else if (line.startsWith("- ")) {
            owned.remove(entry(line.substring(2)));
        } else if (words[0].equals(SYSCTL) && words.length == 3) {
            sysctlsBefore.putIfAbsent(words[1], words[2]);
        } else if (!line.isBlank() && !line.startsWith(BOOT + " ")) {
            throw new IllegalArgumentException("not understood: \"" + line + "\"");
        }
    }

    private Entry<?> entry(String text) {
        for (Kind<?> kind : kinds) {
            if (text.startsWith(kind.start())) {
                return Entry.read(kind, text);
            }
        }
        throw new IllegalArgumentException("not understood: \"" + text + "\"");
    }

    /** Makes text from the file safe to print: it may be anything. */
    private static String shown(String text) {
        final StringBuilder shown = new StringBuilder();
        text.codePoints()
                .limit(MAX_SHOWN_CHARACTERS)
                .map(point -> Character.isISOControl(point) ? '?' : point)
                .forEach(shown::appendCodePoint);
        return text.length() > MAX_SHOWN_CHARACTERS ? shown + "…" : shown.toString();
    }

    /** Returns a sentence for each unreadable line, and one if the file lacks changes that could not be written. */
    public List<String> complaints() {
        final List<String> all = new ArrayList<>(complaints);
        if (problem != null) {
            all.add(problem);
        }
        return all;
    }

    public <T> boolean owns(Kind<T> kind, T thing) {
        return owned.contains(new Entry<>(kind, thing));
    }

    /** Returns the owned objects of a kind, in the order of entry; takes time in proportion to the whole ledger. */
    public <T> Set<T> owned(Kind<T> kind) {
        final Set<T> things = new LinkedHashSet<>();
        for (Entry<?> entry : owned) {
            if (entry.kind().equals(kind)) {
                things.add(kind.cast(entry.thing()));
            }
        }
        return things;
    }

    /**
     * Enters objects that are about to be made.
     *
     * @throws IOException if they can't be entered; then nothing has changed, and they must not be made
     */
    public <T> void enter(Kind<T> kind, Collection<? extends T> things) throws IOException {
        final Set<Entry<?>> fresh = new LinkedHashSet<>();
        things.forEach(thing -> fresh.add(new Entry<T>(kind, thing)));
        fresh.removeAll(owned);
        final Set<Entry<?>> again = new LinkedHashSet<>(fresh);
        again.retainAll(unstruck); // the file still has them
        fresh.removeAll(again);
        if (!fresh.isEmpty()) {
            final StringBuilder lines = new StringBuilder();
            fresh.forEach(entry -> line(lines, '+', entry));
            write(lines, fresh.size());
        }
        unstruck.removeAll(again);
        owned.addAll(again);
        owned.addAll(fresh);
        tidy();
    }

    /**
     * Strikes out objects that are gone. If that can't be written now, it is written with the next call; until then a crash
     * leaves entries of objects that do not exist.
     */
    public <T> void strike(Kind<T> kind, Collection<? extends T> things) {
        for (T thing : things) {
            final Entry<T> entry = new Entry<>(kind, thing);
            if (owned.remove(entry)) {
                unstruck.add(entry);
            }
        }
        if (unstruck.isEmpty()) {
            return;
        }
        final StringBuilder lines = new StringBuilder();
        unstruck.forEach(entry -> line(lines, '-', entry));
        try {
            write(lines, unstruck.size());
            unstruck.clear();
            tidy();
        } catch (IOException e) {
            problem = e.getMessage();
        }
    }

    /** Returns the values that sysctls had before we set them, by name with dots. */
    public Map<String, String> sysctlsBefore() {
        return Collections.unmodifiableMap(sysctlsBefore);
    }

    /**
     * Enters a sysctl that is about to be set; keeps the value from before our first change.
     *
     * @throws IOException if it can't be entered; then it must not be set
     */
    public void enterSysctl(String name, String before) throws IOException {
        if (!sysctlsBefore.containsKey(name)) {
            final StringBuilder line = new StringBuilder();
            sysctl(line, name, before);
            write(line, 1);
            sysctlsBefore.put(name, before);
        }
    }

    private static void line(StringBuilder lines, char sign, Entry<?> entry) {
        lines.append(sign).append(' ').append(oneLine(entry.text())).append('\n');
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

    /** Writes lines to the file, before the change that they record takes effect. */
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
                    "the ledger can't be written, so nothing was created: " + file.path() + ": " + why(e), e);
        }
    }

    /**
     * Returns the reason of a failure: exceptions of the file system have the path as their message, and the reason apart if
     * at all.
     */
    private static String why(IOException failure) {
        if (failure instanceof FileSystemException refused) {
            return refused.getReason() == null
                    ? refused.getClass().getSimpleName()
                    : String.valueOf(refused.getReason());
        }
        return String.valueOf(failure.getMessage());
    }

    /** Appends all live lines, those of objects not yet struck out included; returns their number. */
    private int live(StringBuilder lines) {
        lines.append(BOOT + " ").append(boot).append('\n');
        unreadable.forEach(line -> lines.append(line).append('\n'));
        owned.forEach(entry -> line(lines, '+', entry));
        unstruck.forEach(entry -> line(lines, '+', entry));
        sysctlsBefore.forEach((name, before) -> sysctl(lines, name, before));
        return aliveLines();
    }

    private int aliveLines() {
        return 1 + unreadable.size() + owned.size() + unstruck.size() + sysctlsBefore.size();
    }

    /** Rewrites the file if more of its lines are dead than live. A failure does no harm: the file is correct as it is. */
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

    /** Removes all entries. Unreadable lines stay: their objects may still exist. */
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
