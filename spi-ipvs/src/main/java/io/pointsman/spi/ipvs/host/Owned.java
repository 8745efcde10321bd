package io.pointsman.spi.ipvs.host;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.backend.HostNumbers;
import io.pointsman.linux.iptables.Flavour;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.linux.ownership.Kind;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.linux.route.VipLink;
import io.pointsman.spi.SettingsReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;

/** Kinds of ledger entries for what the backend owns on this host: {@code server …}, {@code link …}, {@code rules …}. */
public final class Owned {
    public static final Kind<ServerKey> SERVER =
            new Kind<>(ServerKey.class, "server", ServerKey::text, ServerKey::parse);

    /** Flavours of iptables that have our rules. */
    public static final Kind<Flavour> RULES =
            new Kind<>(Flavour.class, "rules", Flavour::word, text -> SettingsReader.oneOf(Flavour.class, text));

    /** Interface that holds VIPs. */
    public static final Kind<String> LINK = new Kind<>(String.class, "link", Function.identity(), Function.identity());

    /** Name of the interface that holds VIPs. */
    public static final String LINK_NAME = "pointsman-ipvs";

    private Owned() {}

    /** Opens the interface that holds VIPs; creates nothing. */
    public static VipLink vips() throws KernelException {
        return VipLink.open(LINK_NAME, HostNumbers.IPVS_ROUTES, HostNumbers.IPVS_ROUTE_METRIC);
    }

    /** Opens the ledger of these kinds and of sysctls; writes nothing yet. */
    public static Ledger ledger(Path folder) throws IOException {
        return Ledger.open(folder, SERVER, RULES, LINK);
    }
}
