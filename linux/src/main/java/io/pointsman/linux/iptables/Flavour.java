package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import io.pointsman.spi.SettingsReader;
import java.util.Locale;
import java.util.Optional;

/** The two implementations of iptables, whose rules don't see each other. */
public enum Flavour {
    /** Rules are nf_tables rules. */
    NFT,
    /** Rules are in the kernel's older x_tables. */
    LEGACY;

    /** The setting {@code flavour}: empty for {@code auto} and where it is left out, for the one that the host uses. */
    public static Optional<Flavour> read(SettingsReader settings) {
        return settings.value(
                "flavour",
                Optional.empty(),
                text -> text.equals("auto")
                        ? Optional.empty()
                        : Optional.of(SettingsReader.oneOf(Flavour.class, text)));
    }

    /** {@code nft} or {@code legacy}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The program that loads rules: {@code iptables-nft-restore}. */
    public String restore(IpFamily family) {
        return base(family) + "-restore";
    }

    /** The program that prints rules. */
    public String save(IpFamily family) {
        return base(family) + "-save";
    }

    private String base(IpFamily family) {
        return switch (family) {
            case IPV4 -> "iptables-" + word();
            case IPV6 -> "ip6tables-" + word();
        };
    }
}
