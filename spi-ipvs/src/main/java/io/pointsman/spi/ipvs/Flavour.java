package io.pointsman.spi.ipvs;

import io.pointsman.model.IpFamily;
import java.util.Locale;

/** The two implementations of iptables, whose rules don't see each other. */
enum Flavour {
    /** Rules are nf_tables rules. */
    NFT,
    /** Rules are in the kernel's older x_tables. */
    LEGACY;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@code iptables-nft-restore}: any of the family of programs. */
    String program(IpFamily family, String verb) {
        return (family == IpFamily.IPV4 ? "iptables-" : "ip6tables-") + word() + "-" + verb;
    }
}
