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

/** The kinds of things that we own on this host, as the ledger has them: {@code server …}, {@code link …}, {@code rules …}. */
public final class Owned {
    public static final Kind<ServerKey> SERVER =
            new Kind<>(ServerKey.class, "server", ServerKey::text, ServerKey::parse);

    /** The flavours of iptables that rules of ours are in. */
    public static final Kind<Flavour> RULES =
            new Kind<>(Flavour.class, "rules", Flavour::word, text -> SettingsReader.oneOf(Flavour.class, text));

    /** The interface that holds VIPs. */
    public static final Kind<String> LINK = new Kind<>(String.class, "link", Function.identity(), Function.identity());

    /** Its name. */
    public static final String LINK_NAME = "pointsman-ipvs";

    private Owned() {}

    /** The interface that is, or would be, ours; makes nothing. */
    public static VipLink vips() throws KernelException {
        return VipLink.open(LINK_NAME, HostNumbers.IPVS_ROUTES, HostNumbers.IPVS_ROUTE_METRIC);
    }

    /** The ledger of them, and of sysctls; writes nothing yet. */
    public static Ledger ledger(Path folder) throws IOException {
        return Ledger.open(folder, SERVER, RULES, LINK);
    }
}
