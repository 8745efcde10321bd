package io.pointsman.spi.iptables;

import io.pointsman.model.IpFamily;
import java.util.Locale;

/** The two implementations of iptables, whose rules don't see each other. */
enum Flavour {
    /** Rules are nf_tables rules. */
    NFT,
    /** Rules are in the kernel's older x_tables. */
    LEGACY;

    /**
     * How many frontends a chain lists at most. Chains are what iptables-nft loads slowly; with half as many rules to a
     * chain a new connection at 10,000 services took 2 microseconds less, and legacy does not mind.
     */
    int bucketSize() {
        return switch (this) {
            case NFT -> 16;
            case LEGACY -> 8;
        };
    }

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
