package io.pointsman.linux.ownership;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An {@link OwnershipLedger} of things of several kinds, each with a type of its own. Not thread-safe. */
public final class Ledger {
    private final OwnershipLedger<Entry<?>> file;

    private record Entry<T>(Kind<T> kind, T thing) {
        static <T> Entry<T> read(Kind<T> kind, String text) {
            return new Entry<>(kind, kind.read().apply(text));
        }

        String text() {
            return kind.start() + kind.write().apply(thing);
        }
    }

    private record Notation(List<Kind<?>> kinds) implements OwnershipLedger.Notation<Entry<?>> {
        @Override
        public String write(Entry<?> entry) {
            return entry.text();
        }

        @Override
        public Entry<?> read(String text) {
            for (Kind<?> kind : kinds) {
                if (text.startsWith(kind.start())) {
                    return Entry.read(kind, text.substring(kind.start().length()));
                }
            }
            throw new IllegalArgumentException("not understood: \"" + text + "\"");
        }
    }

    private Ledger(OwnershipLedger<Entry<?>> file) {
        this.file = file;
    }

    /**
     * Reads what earlier runs entered. Writes nothing.
     *
     * @param kinds all that it may hold
     * @throws IOException when it is there but can't be read
     */
    public static Ledger open(Path folder, Kind<?>... kinds) throws IOException {
        return new Ledger(OwnershipLedger.open(folder, new Notation(List.of(kinds))));
    }

    /** What is owned of a kind, in the order in which it was entered; takes time in proportion to the whole ledger. */
    public <T> Set<T> owned(Kind<T> kind) {
        final Set<T> things = new LinkedHashSet<>();
        for (Entry<?> entry : file.owned()) {
            if (entry.kind().equals(kind)) {
                things.add(kind.cast(entry.thing()));
            }
        }
        return things;
    }

    public <T> boolean owns(Kind<T> kind, T thing) {
        return file.owns(new Entry<>(kind, thing));
    }

    /**
     * Enters things that are about to be made.
     *
     * @throws IOException when they can't be; then nothing has changed, and they must not be made
     */
    public <T> void enter(Kind<T> kind, Collection<? extends T> made) throws IOException {
        file.enter(entries(kind, made));
    }

    /** Strikes out things that are gone. */
    public <T> void strike(Kind<T> kind, Collection<? extends T> gone) {
        file.strike(entries(kind, gone));
    }

    private static <T> List<Entry<T>> entries(Kind<T> kind, Collection<? extends T> things) {
        return things.stream().map(thing -> new Entry<T>(kind, thing)).toList();
    }

    /** Values that sysctls had before we set them, by name with dots. */
    public Map<String, String> sysctlsBefore() {
        return file.sysctlsBefore();
    }

    /** Enters a sysctl that is about to be set; what it was before our first time stays. */
    public void enterSysctl(String name, String before) throws IOException {
        file.enterSysctl(name, before);
    }

    /** A sentence for each line that can't be read. */
    public List<String> complaints() {
        return file.complaints();
    }

    /** Nothing is owned any more. */
    public void clear() throws IOException {
        file.clear();
    }
}
