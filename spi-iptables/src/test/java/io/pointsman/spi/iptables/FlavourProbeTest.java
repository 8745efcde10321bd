package io.pointsman.spi.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.iptables.Flavour;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** In network namespaces of its own; needs root. */
class FlavourProbeTest {
    private static FlavourProbe.Finding find(NetNs netns, Optional<Flavour> wanted) {
        return new FlavourProbe(Place.of(netns.name).programs()).find(wanted);
    }

    private static void addRules(NetNs netns, Flavour flavour, String chain) throws IOException {
        netns.run("iptables-" + flavour.word(), "-N", chain);
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldTakeTheOneThatTheHostUses(Flavour used) throws IOException {
        try (NetNs netns = NetNs.create()) {
            addRules(netns, used, "KUBE-SERVICES");

            final FlavourProbe.Finding finding = find(netns, Optional.empty());

            assertThat(finding.flavour()).contains(used);
            assertThat(finding.reason())
                    .isEqualTo("iptables-" + used.word() + ", which holds the host's rules (filter KUBE-SERVICES)");
        }
    }

    @Test
    void shouldRefuseByNameWhenTheHostUsesBoth() throws IOException {
        try (NetNs netns = NetNs.create()) {
            addRules(netns, Flavour.NFT, "KUBE-SERVICES");
            addRules(netns, Flavour.LEGACY, "DOCKER");

            final FlavourProbe.Finding finding = find(netns, Optional.empty());

            assertThat(finding.flavour()).isEmpty();
            assertThat(finding.reason())
                    .isEqualTo("both iptables hold rules, nft (filter KUBE-SERVICES) and legacy (filter DOCKER):"
                            + " remove those of one, or set flavour");
            assertThat(find(netns, Optional.of(Flavour.LEGACY)).flavour()).contains(Flavour.LEGACY);
        }
    }

    @Test
    void shouldNotMindOurOwnRulesOfAnEarlierRun() throws IOException {
        try (NetNs netns = NetNs.create()) {
            addRules(netns, Flavour.NFT, "KUBE-SERVICES");
            addRules(netns, Flavour.LEGACY, Names.VIPS);

            assertThat(find(netns, Optional.empty()).flavour()).contains(Flavour.NFT);
        }
    }
}
