package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.program.Programs;
import io.pointsman.linux.program.RuleTrial;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests in network namespaces of their own; needs root. */
class FlavourProbeTest {
    private static final String RULES = "*filter\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n";

    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    private Programs programs = Programs.ofNobody();

    @BeforeEach
    void makeNamespace() throws IOException {
        Assumptions.assumeTrue(
                programs.run("sh", "-c", "command -v iptables-nft iptables-legacy")
                        .isSuccess(),
                "no iptables here");
        final var namespace = namespaces.create();
        programs = new Programs("", builder -> namespace.call(builder::start));
    }

    private FlavourProbe.Finding find(Optional<Flavour> wanted) {
        return new FlavourProbe(
                        programs,
                        "PTS-",
                        (trying, flavour) ->
                                RuleTrial.complaint(trying, RULES, flavour.restore(IpFamily.IPV4), "--noflush"))
                .find(wanted);
    }

    private void addRules(Flavour flavour, String chain) throws IOException {
        programs.require("", "iptables-" + flavour.word(), "-N", chain);
    }

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldTakeTheOneThatTheHostUses(Flavour used) throws IOException {
        addRules(used, "KUBE-SERVICES");

        final FlavourProbe.Finding finding = find(Optional.empty());

        assertThat(finding.flavour()).contains(used);
        assertThat(finding.reason())
                .isEqualTo("iptables-" + used.word() + ", which holds the host's rules (filter KUBE-SERVICES)");
    }

    @Test
    void shouldRefuseByNameWhenTheHostUsesBoth() throws IOException {
        addRules(Flavour.NFT, "KUBE-SERVICES");
        addRules(Flavour.LEGACY, "DOCKER");

        final FlavourProbe.Finding finding = find(Optional.empty());

        assertThat(finding.flavour()).isEmpty();
        assertThat(finding.reason())
                .isEqualTo("both iptables hold rules, nft (filter KUBE-SERVICES) and legacy (filter DOCKER):"
                        + " remove those of one, or set flavour");
        assertThat(find(Optional.of(Flavour.LEGACY)).flavour()).contains(Flavour.LEGACY);
    }

    @Test
    void shouldNotMindOurOwnRulesOfAnEarlierRun() throws IOException {
        addRules(Flavour.NFT, "KUBE-SERVICES");
        addRules(Flavour.LEGACY, "PTS-V");

        assertThat(find(Optional.empty()).flavour()).contains(Flavour.NFT);
    }

    @Test
    void shouldNotTakeOneThatFailsItsTrial() {
        final FlavourProbe.Finding finding = new FlavourProbe(
                        programs,
                        "PTS-",
                        (_, flavour) -> flavour == Flavour.NFT ? Optional.of("no such match") : Optional.empty())
                .find(Optional.empty());

        assertThat(finding).isEqualTo(new FlavourProbe.Finding(Optional.of(Flavour.LEGACY), "iptables-legacy"));
        assertThat(new FlavourProbe(programs, "PTS-", (_, _) -> Optional.of("no such match")).find(Optional.empty()))
                .satisfies(none -> assertThat(none.reason())
                        .startsWith("no working iptables: iptables-nft-restore can't load rules here: no such match"));
    }
}
