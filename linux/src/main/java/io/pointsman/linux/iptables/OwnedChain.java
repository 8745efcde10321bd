package io.pointsman.linux.iptables;

import io.pointsman.linux.ownership.Kind;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** A chain of ours as kept in the ledger: {@code NFT IPV4 NAT PTS-SERVICES}. */
public record OwnedChain(Flavour flavour, IpFamily family, String table, String name) {
    public static final Kind<OwnedChain> KIND = new Kind<>(OwnedChain.class, "", OwnedChain::text, OwnedChain::parse);

    /** Opens the ledger of chains and sysctls; writes nothing yet. */
    public static Ledger ledger(Path folder) throws IOException {
        return Ledger.open(folder, KIND);
    }

    private String text() {
        return flavour + " " + family.name() + " " + table.toUpperCase(Locale.ROOT) + " " + name;
    }

    private static OwnedChain parse(String text) {
        final String[] words = text.split(" ", 4);
        if (words.length != 4) {
            throw new IllegalArgumentException("not a chain: \"" + text + "\"");
        }
        return new OwnedChain(
                Flavour.valueOf(words[0]), IpFamily.valueOf(words[1]), words[2].toLowerCase(Locale.ROOT), words[3]);
    }
}
