package io.pointsman.linux.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.program.Programs;
import io.pointsman.linux.testing.Namespaces;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WholeChainsTest {
    private static final RuleLayout LAYOUT =
            new RuleLayout("X-", Map.of("filter", List.of(new Hook("OUTPUT", "X-ONE"))));
    private static final Map<String, Map<String, String>> CHAINS =
            Map.of("filter", Map.of("X-ONE", "-j X-TWO\n", "X-TWO", "-s 192.0.2.1/32 -j DROP\n"));

    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @ParameterizedTest
    @EnumSource(Flavour.class)
    void shouldTellWhatChangedAndRemoveNothingOfOthers(Flavour flavour) throws IOException {
        Assumptions.assumeTrue(
                Programs.ofNobody()
                        .run("sh", "-c", "command -v iptables-nft iptables-legacy")
                        .isSuccess(),
                "no iptables here");
        final var namespace = namespaces.create();
        final Programs programs = new Programs("", builder -> namespace.call(builder::start));
        final RulePrograms rules = new RulePrograms(programs, LAYOUT.prefix(), 5);
        final WholeChains chains = new WholeChains(rules, LAYOUT, flavour);
        final String iptables = "iptables-" + flavour.word();
        programs.require("", iptables, "-A", "OUTPUT", "-d", "192.0.2.9", "-j", "ACCEPT");

        assertThat(chains.write(IpFamily.IPV4, CHAINS)).isTrue();
        assertThat(chains.write(IpFamily.IPV4, CHAINS)).isFalse();
        assertThat(chains.families()).containsExactly(IpFamily.IPV4);
        assertThat(chains.differences(IpFamily.IPV4)).isEmpty();

        programs.require("", iptables, "-D", "OUTPUT", "-j", "X-ONE");
        programs.require("", iptables, "-F", "X-TWO");
        assertThat(chains.differences(IpFamily.IPV4))
                .containsExactly(
                        "IPv4 table filter: the jump from OUTPUT to X-ONE is missing",
                        "IPv4 table filter: chain X-TWO has other rules than ours");
        assertThat(chains.write(IpFamily.IPV4, CHAINS)).isTrue();
        assertThat(chains.differences(IpFamily.IPV4)).isEmpty();

        final ChainRemoval removal = new ChainRemoval(rules, LAYOUT);
        final String where = flavour.word() + " IPv4 table filter: ";
        final String[] all = {where + "rule OUTPUT -j X-ONE", where + "chain X-ONE", where + "chain X-TWO"};
        assertThat(removal.run(flavour, IpFamily.IPV4, (_, _) -> true, true)).containsExactly(all);
        assertThat(removal.run(flavour, IpFamily.IPV4, (_, _) -> true, false)).containsExactly(all);
        assertThat(removal.run(flavour, IpFamily.IPV4, (_, _) -> true, false)).isEmpty();
        assertThat(programs.require("", iptables, "-S", "OUTPUT")).contains("-d 192.0.2.9/32 -j ACCEPT");
    }
}
