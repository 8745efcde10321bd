package io.pointsman.spi.ipvs;

import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.ownership.OwnershipLedger;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The virtual servers, the interface, the kinds of rules and the sysctls that we own on this host, on disk: {@code server …},
 * {@code link …}, {@code rules …}. Not thread-safe.
 */
final class Ledger {
    private static final String SERVER = "server ";
    private static final String RULES = "rules ";
    private static final String LINK = "link ";

    private final OwnershipLedger<String> file;

    private static final class Notation implements OwnershipLedger.Notation<String> {
        @Override
        public String write(String thing) {
            return thing;
        }

        @Override
        public String read(String text) {
            if (text.startsWith(SERVER)) {
                return SERVER + ServerKey.parse(text.substring(SERVER.length())).text();
            }
            if (!text.startsWith(RULES) && !text.startsWith(LINK)) {
                throw new IllegalArgumentException("not understood: \"" + text + "\"");
            }
            return text;
        }
    }

    private Ledger(OwnershipLedger<String> file) {
        this.file = file;
    }

    /** Reads what an earlier run wrote. Writes nothing. */
    static Ledger open(Path folder) throws IOException {
        return new Ledger(OwnershipLedger.open(folder, new Notation()));
    }

    boolean owns(ServerKey key) {
        return file.owns(SERVER + key.text());
    }

    List<ServerKey> servers() {
        return file.owned().stream()
                .filter(thing -> thing.startsWith(SERVER))
                .map(thing -> ServerKey.parse(thing.substring(SERVER.length())))
                .toList();
    }

    void enter(Collection<ServerKey> servers) throws IOException {
        file.enter(servers.stream().map(key -> SERVER + key.text()).toList());
    }

    void strike(Collection<ServerKey> servers) {
        file.strike(servers.stream().map(key -> SERVER + key.text()).toList());
    }

    /** The kinds of iptables that rules of ours are in. */
    List<Flavour> rules() {
        final List<Flavour> flavours = new ArrayList<>();
        for (Flavour flavour : Flavour.values()) {
            if (file.owns(RULES + flavour.word())) {
                flavours.add(flavour);
            }
        }
        return flavours;
    }

    void enterRules(Flavour flavour) throws IOException {
        file.enter(List.of(RULES + flavour.word()));
    }

    void strikeRules(Flavour flavour) {
        file.strike(List.of(RULES + flavour.word()));
    }

    /** The interface that holds VIPs. */
    Optional<String> link() {
        return file.owned().stream()
                .filter(thing -> thing.startsWith(LINK))
                .map(thing -> thing.substring(LINK.length()))
                .findFirst();
    }

    void enterLink(String name) throws IOException {
        file.enter(List.of(LINK + name));
    }

    /** Values that sysctls had before we set them. */
    Map<String, String> sysctlsBefore() {
        return file.sysctlsBefore();
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
