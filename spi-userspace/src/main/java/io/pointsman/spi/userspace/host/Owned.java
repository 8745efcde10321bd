package io.pointsman.spi.userspace.host;

import io.pointsman.linux.ownership.Kind;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.route.PolicyRouting;
import io.pointsman.linux.route.VipRoutes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;

/** Kinds of ledger entries for what the backend owns on this host. */
public final class Owned {
    /** Families of our tables. */
    public static final Kind<String> NFT_TABLE =
            new Kind<>(String.class, "nft-table", Function.identity(), Owned::table);

    private Owned() {}

    /** Opens the ledger of these kinds and of sysctls; writes nothing yet. */
    public static Ledger ledger(Path folder) throws IOException {
        return Ledger.open(folder, VipRoutes.KIND, PolicyRouting.RULE, PolicyRouting.TABLE, NFT_TABLE);
    }

    private static String table(String text) {
        if (!HostCapabilities.TABLES.contains(text)) {
            throw new IllegalArgumentException("no family of a table of ours: \"" + text + "\"");
        }
        return text;
    }
}
