package io.pointsman.spi.userspace;

import io.pointsman.linux.ownership.OwnershipLedger;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * What we own on this host, on disk. An entry is a word for its kind and what tells it from others of its kind. Not
 * thread-safe.
 */
final class Ledger {
    static final String VIP_ROUTE = "vip-route";
    static final String ROUTING_RULE = "routing-rule";
    static final String ROUTING_TABLE = "routing-table";
    static final String NFT_TABLE = "nft-table";
    static final String SYSCTL = "sysctl";

    private final OwnershipLedger<String> file;

    private static final class Notation implements OwnershipLedger.Notation<String> {
        @Override
        public String write(String thing) {
            return thing;
        }

        @Override
        public String read(String text) {
            final int blank = text.indexOf(' ');
            final String kind = text.substring(0, Math.max(blank, 0));
            final String rest = text.substring(blank + 1);
            switch (kind) {
                case VIP_ROUTE -> IpAddress.parse(rest);
                case ROUTING_RULE -> PolicyRouting.check(rest);
                case ROUTING_TABLE -> PolicyRouting.checkTable(rest);
                case NFT_TABLE -> require(HostMeans.TABLES.contains(rest), text);
                case SYSCTL -> require(rest.split(" ", 2).length == 2, text);
                default -> require(false, text);
            }
            return text;
        }

        private static void require(boolean isFine, String text) {
            if (!isFine) {
                throw new IllegalArgumentException("not understood: \"" + text + "\"");
            }
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
    void strike(String kind, Collection<String> gone) {
        file.strike(of(kind, gone));
    }

    boolean owns(String kind, String thing) {
        return file.owns(kind + " " + thing);
    }

    void strike(String kind, String gone) {
        strike(kind, List.of(gone));
    }

    private static List<String> of(String kind, Collection<String> things) {
        return things.stream().map(thing -> kind + " " + thing).toList();
    }

    /** Without entries the file goes. */
    void tidy() throws IOException {
        if (file.owned().isEmpty()) {
            file.clear();
        }
    }

    /** A sentence for each line that can't be read. */
    List<String> complaints() {
        return file.complaints();
    }
}
