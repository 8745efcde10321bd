package io.pointsman.linux.nftables;

import io.pointsman.model.IpFamily;
import java.util.Objects;

/** Name and family of a table; families ip and ip6. */
public record TableId(IpFamily family, String name) {
    public TableId {
        Objects.requireNonNull(family, "family");
        Objects.requireNonNull(name, "name");
    }

    /** Returns the table as nft writes it, {@code ip pointsman}. */
    @Override
    public String toString() {
        return (family == IpFamily.IPV4 ? "ip " : "ip6 ") + name;
    }
}
