package io.pointsman.spi.iptables;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.ownership.OwnershipLedger;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The chains and sysctls that we own on this host, on disk. Not thread-safe. */
final class Ledger {
    private final OwnershipLedger<Chain> file;

    /** A chain of ours. */
    record Chain(Flavour flavour, IpFamily family, Table table, String name) {}

    private static final class Notation implements OwnershipLedger.Notation<Chain> {
        @Override
        public String write(Chain chain) {
            return chain.flavour() + " " + chain.family().name() + " " + chain.table() + " " + chain.name();
        }

        @Override
        public Chain read(String text) {
            final String[] words = text.split(" ", 4);
            if (words.length != 4) {
                throw new IllegalArgumentException("not a chain: \"" + text + "\"");
            }
            return new Chain(Flavour.valueOf(words[0]), IpFamily.valueOf(words[1]), Table.valueOf(words[2]), words[3]);
        }
    }

    private Ledger(OwnershipLedger<Chain> file) {
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

    Set<Chain> chains() {
        return Set.copyOf(file.owned());
    }

    boolean hasChainsOf(IpFamily family) {
        return file.owned().stream().anyMatch(chain -> chain.family() == family);
    }

    /** Values that sysctls had before we set them, by name with dots. */
    Map<String, String> sysctlsBefore() {
        return file.sysctlsBefore();
    }

    /** Enters chains that are about to be made. */
    void enter(Collection<Chain> made) throws IOException {
        file.enter(made);
    }

    /** Strikes out chains that are gone. */
    void strike(Collection<Chain> gone) {
        file.strike(gone);
    }

    /** Enters a sysctl that is about to be set; what it was before our first time stays. */
    void enterSysctl(String name, String before) throws IOException {
        file.enterSysctl(name, before);
    }

    /** A sentence for each line that can't be read. */
    List<String> complaints() {
        return file.complaints();
    }

    /** Nothing is owned any more. */
    void clear() throws IOException {
        file.clear();
    }
}
