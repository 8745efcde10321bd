package io.pointsman.spi.userspace;

import io.pointsman.linux.ownership.OwnershipLedger;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * What we own on this host, on disk. An entry is a word for its kind and what tells it from others of its kind. Not
 * thread-safe.
 */
final class Ledger {
    private final OwnershipLedger<String> file;

    private static final class Notation implements OwnershipLedger.Notation<String> {
        @Override
        public String write(String thing) {
            return thing;
        }

        @Override
        public String read(String text) {
            return text;
        }
    }

    private Ledger(OwnershipLedger<String> file) {
        this.file = file;
    }

    /**
     * Reads what earlier runs entered. Writes nothing.
     *
     * @throws IOException when it is there but can't be read
     */
    static Ledger open(Path directory) throws IOException {
        return new Ledger(OwnershipLedger.open(directory, new Notation()));
    }

    /** What follows the kind in each entry of that kind, in the order of entering. */
    List<String> entries(String kind) {
        final String start = kind + " ";
        return file.owned().stream()
                .filter(entry -> entry.startsWith(start))
                .map(entry -> entry.substring(start.length()))
                .toList();
    }

    /** Enters what is about to be made. */
    void enter(String kind, Collection<String> made) throws IOException {
        file.enter(of(kind, made));
    }

    void enter(String kind, String made) throws IOException {
        enter(kind, List.of(made));
    }

    /** Strikes out what is gone. */
    void strike(String kind, Collection<String> gone) throws IOException {
        file.strike(of(kind, gone));
    }

    void strike(String kind, String gone) throws IOException {
        strike(kind, List.of(gone));
    }

    private static List<String> of(String kind, Collection<String> things) {
        return things.stream().map(thing -> kind + " " + thing).toList();
    }

    /** Writes the file anew, without what was struck out; without entries it goes. */
    void compact() throws IOException {
        if (file.owned().isEmpty()) {
            file.clear();
        } else {
            file.compact();
        }
    }
}
