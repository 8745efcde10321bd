package io.pointsman.spi.userspace.host;

import io.pointsman.linux.ownership.Kind;
import io.pointsman.linux.ownership.Ledger;
import io.pointsman.model.IpAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;

/** The kinds of things that we own on this host, as the ledger has them. */
public final class Owned {
    /** VIPs that are routed here. */
    public static final Kind<IpAddress> VIP_ROUTE =
            new Kind<>(IpAddress.class, "vip-route", IpAddress::toString, IpAddress::parse);

    static final Kind<PolicyRouting.OwnRule> ROUTING_RULE = new Kind<>(
            PolicyRouting.OwnRule.class, "routing-rule", PolicyRouting.OwnRule::text, PolicyRouting.OwnRule::parse);
    static final Kind<PolicyRouting.OwnTable> ROUTING_TABLE = new Kind<>(
            PolicyRouting.OwnTable.class, "routing-table", PolicyRouting.OwnTable::text, PolicyRouting.OwnTable::parse);

    /** Families of our tables. */
    public static final Kind<String> NFT_TABLE =
            new Kind<>(String.class, "nft-table", Function.identity(), Owned::table);

    private Owned() {}

    /** The ledger of them, and of sysctls; writes nothing yet. */
    public static Ledger ledger(Path folder) throws IOException {
        return Ledger.open(folder, VIP_ROUTE, ROUTING_RULE, ROUTING_TABLE, NFT_TABLE);
    }

    private static String table(String text) {
        if (!HostCapabilities.TABLES.contains(text)) {
            throw new IllegalArgumentException("no family of a table of ours: \"" + text + "\"");
        }
        return text;
    }
}
