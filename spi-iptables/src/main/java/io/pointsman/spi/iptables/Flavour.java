package io.pointsman.spi.iptables;

import io.pointsman.model.IpFamily;
import java.util.Locale;

/** The two implementations of iptables, whose rules don't see each other. */
enum Flavour {
    /** Rules are nf_tables rules. */
    NFT,
    /** Rules are in the kernel's older x_tables. */
    LEGACY;

    /** {@code nft} or {@code legacy}. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The program that loads rules. */
    String restore(IpFamily family) {
        return base(family) + "-restore";
    }

    /** The program that prints rules. */
    String save(IpFamily family) {
        return base(family) + "-save";
    }

    private String base(IpFamily family) {
        return program(family) + "-" + word();
    }

    /** {@code iptables} or {@code ip6tables}. */
    static String program(IpFamily family) {
        return switch (family) {
            case IPV4 -> "iptables";
            case IPV6 -> "ip6tables";
        };
    }
}
