package io.pointsman.linux.iptables;

import io.pointsman.model.IpFamily;
import io.pointsman.spi.SettingsReader;
import java.util.Locale;
import java.util.Optional;

/** The two implementations of iptables, whose rules don't see each other. */
public enum Flavour {
    /** iptables on nf_tables. */
    NFT,
    /** iptables on the kernel's older x_tables. */
    LEGACY;

    /**
     * Reads the setting {@code flavour}: empty for {@code auto} and if it is missing, for the flavour that the host uses.
     */
    public static Optional<Flavour> read(SettingsReader settings) {
        return settings.value(
                "flavour",
                Optional.empty(),
                text -> text.equals("auto")
                        ? Optional.empty()
                        : Optional.of(SettingsReader.oneOf(Flavour.class, text)));
    }

    /** Returns {@code nft} or {@code legacy}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the name of the program that loads rules: {@code iptables-nft-restore}. */
    public String restore(IpFamily family) {
        return base(family) + "-restore";
    }

    /** Returns the name of the program that prints rules: {@code iptables-nft-save}. */
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
